"""What is kept of a scan that does not come to its end, and what can be made of it.

As engines end, what they found is written beside where the reports will be, as a result in which
all others gave no answer. The reports replace it. What was left by a scan that was killed,
`servegate report --recover` turns into reports.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.cli.output import write_pieces
from scanner.model.errors import InputError, ServegateError
from scanner.model.outcome import EngineRun, Failed, FailureKind
from scanner.model.plan import Plan

if TYPE_CHECKING:
    from scanner.model.scan import ScanResult
    from scanner.run import Progress

NAME = "unfinished.json"
# Seconds that a scan has to have taken before something of it is worth keeping.
_WORTH = 2.0
_REASON = "the scan came to no end: it has given no answer"


class Unfinished:
    """Keeps what the engines of a plan have found so far, in a file of the folder `out`.

    `judge` makes a whole result of runs. What can't be written is not kept: the scan goes on.
    """

    def __init__(
        self,
        out: Path,
        plan: Plan,
        judge: Callable[[tuple[EngineRun, ...]], ScanResult],
        worth: float = _WORTH,
    ) -> None:
        self._file = out / NAME
        self._plan = plan
        self._judge = judge
        self._ended: dict[str, EngineRun] = {}
        self._writing = threading.Lock()
        self._from = time.monotonic() + worth
        self._worth = threading.Timer(worth, self._keep)
        self._worth.daemon = True

    def watching(self, observe: Callable[[Progress], None]) -> Callable[[Progress], None]:
        """An observer that keeps each engine's run and passes everything on."""
        self._file_away()
        self._worth.start()

        def take(event: Progress) -> None:
            observe(event)
            if event.ended is not None:
                with self._writing:
                    self._ended[event.ended.engine] = event.ended
                if time.monotonic() >= self._from:
                    self._keep()

        return take

    @property
    def mend(self) -> str:
        """How to get at what was kept; nothing where nothing was."""
        if not self._file.is_file():
            return ""
        return f"servegate report --recover {self._file.parent} tells what was found by then"

    def drop(self) -> None:
        """Remove the file: there are reports now."""
        self._worth.cancel()
        with self._writing:
            self._file_away()

    def _file_away(self) -> None:
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)

    def _keep(self) -> None:
        with self._writing:
            if 0 < len(self._ended) < len(self._plan.tasks):
                self._write()

    def _write(self) -> None:
        from scanner.reporters.json_v1 import JsonV1

        runs = tuple(
            self._ended.get(task.engine)
            or EngineRun(
                engine=task.engine,
                stage=task.stage,
                outcome=Failed(kind=FailureKind.CANCELLED, reason=_REASON),
                started=0.0,
                seconds=0.0,
            )
            for task in self._plan.tasks
        )
        with contextlib.suppress(ServegateError, OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_pieces(self._file, JsonV1().pieces(self._judge(runs)))


def left_in(folder: Path) -> Path:
    """The file that an unfinished scan has left in its folder of reports. Raises `InputError`."""
    if folder.is_file() and folder.name != NAME:
        raise InputError(
            f"{folder}: only {NAME} is recovered; servegate report {folder} reports a result"
        )
    file = folder if folder.is_file() else folder / NAME
    if not file.is_file():
        raise InputError(
            f"{file}: there is nothing to recover; a scan that is killed leaves it where its "
            "reports would be (--out), once an engine has ended"
        )
    return file
