"""The two things that can be added: an engine and a reporter."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import SourceFile, StaticTask, Task
from scanner.model.rule import Rule
from scanner.model.scan import ScanResult
from scanner.model.severity import Stage
from scanner.model.values import Value


class Tally(Value, kw_only=True):
    """How far an engine is: `done` of `total` steps, and findings so far."""

    done: int
    total: int
    found: int


def _unheard(_tally: Tally) -> None:
    pass


class ScanContext(Value, kw_only=True):
    """What a running engine may use: places to say what is going on, and the word to stop.

    `cancelled` is set when the user interrupts; an engine ends its children and raises soon after.
    `tally` is for engines that know how many steps there are.
    """

    progress: Callable[[str], None]
    cancelled: threading.Event
    tally: Callable[[Tally], None] = _unheard


class Diagnosis(Value, kw_only=True):
    """What `doctor` says of an engine: found where and in which version, or how to get it."""

    engine: str
    found: bool
    version: str
    place: str
    mend: str = ""


class Engine(Protocol):
    """Turns a task into findings and coverage."""

    @property
    def name(self) -> str:
        """The word used in flags and reports."""
        ...

    @property
    def stage(self) -> Stage:
        """The stage that it belongs to."""
        ...

    def rules(self) -> tuple[Rule, ...]:
        """Every rule that is known before a run. Raises `AssetError`."""
        ...

    def diagnose(self, root: Path) -> Diagnosis:
        """Look whether the engine can run when `root` is scanned; runs nothing but `--version`."""
        ...

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Carry out a task. Raises only `EngineError`; anything else is a bug of ours."""
        ...


@runtime_checkable
class Divisible(Protocol):
    """An engine whose work can be taken apart: what is found in one part depends on no other."""

    def parts(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """The files in parts; each file is in exactly one."""
        ...


@runtime_checkable
class Repeatable(Engine, Divisible, Protocol):
    """An engine whose answer depends on the files and what it is known by, and on nothing else."""

    def known_by(self, task: StaticTask, context: ScanContext) -> tuple[str, ...]:
        """Tool, rules and options, as far as they decide what is found. Raises `EngineError`."""
        ...

    def repeated(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """The files in groups whose answers are remembered as one; each is in exactly one."""
        ...

    def lasting(self, gap: Gap) -> bool:
        """Whether a gap comes of the file's content, so that it would be there again."""
        ...


class Reporter(Protocol):
    """Renders one finished scan; no clock, no paths, no network."""

    @property
    def name(self) -> str:
        """The word that `--format` takes."""
        ...

    @property
    def filename(self) -> str:
        """The file's name in the output folder."""
        ...

    def render(self, scan: ScanResult) -> str:
        """The whole report as text."""
        ...


@runtime_checkable
class Preparable(Protocol):
    """A reporter with something to do before there is a scan to render."""

    def prepare(self) -> None:
        """Do it; called from a thread of its own while engines work."""
        ...


@runtime_checkable
class Streaming(Reporter, Protocol):
    """A reporter whose report need not be in memory as a whole."""

    def pieces(self, scan: ScanResult) -> Iterator[str]:
        """What `render` gives, in pieces."""
        ...
