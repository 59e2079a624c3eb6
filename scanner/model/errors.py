"""Every error that servegate raises on purpose.

    ServegateError
    ├── ConfigError          the configuration or a flag can't be used        (exit 2)
    ├── InputError           a path or file given by the user can't be used   (exit 2)
    ├── AssetError           a file of ours in `rules/` is broken             (exit 2)
    └── EngineError          an engine gave no answer; becomes `Failed`       (exit 3)
        ├── ToolMissing      the tool is not installed
        ├── ToolTimeout      it passed its deadline and was ended
        ├── ToolCrashed      it ended in a way that is no answer
        ├── ToolUnreadable   it answered, but not in its documented form
        ├── TargetError      the endpoint did not start, answer or describe itself
        └── Cancelled        the user interrupted the scan                    (exit 130)

A message says what failed, on what, and what to do next, in one line.
"""

from __future__ import annotations

from typing import ClassVar

from scanner.model.outcome import FailureKind


class ServegateError(Exception):
    """The base of all of them; `str()` is one line for the user."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class ConfigError(ServegateError):
    """The configuration file, an environment variable or a flag can't be used."""


class InputError(ServegateError):
    """A path or file that the user named can't be used."""


class AssetError(ServegateError):
    """A rule, table or template of ours is broken."""


class EngineError(ServegateError):
    """An engine gave no answer; `detail` may hold the tail of what it printed."""

    kind: ClassVar[FailureKind] = FailureKind.CRASHED

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class ToolMissing(EngineError):
    """The tool was not found."""

    kind = FailureKind.MISSING


class ToolTimeout(EngineError):
    """The tool passed its deadline and was ended."""

    kind = FailureKind.TIMEOUT


class ToolCrashed(EngineError):
    """The tool ended by a signal or with an exit code that is no answer."""

    kind = FailureKind.CRASHED


class ToolUnreadable(EngineError):
    """The tool's answer is not in its documented form."""

    kind = FailureKind.UNREADABLE


class TargetError(EngineError):
    """The endpoint did not start, did not answer, or did not describe itself."""

    kind = FailureKind.TARGET


class Cancelled(EngineError):
    """The user interrupted the scan."""

    kind = FailureKind.CANCELLED
