"""Engines that start one by one, so that the first is at work while the next one gets ready."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec.structs import replace

from scanner.model.outcome import Completed, Partial
from scanner.model.plan import SourceFile, Task
from scanner.model.protocols import Diagnosis, Repeatable, ScanContext
from scanner.model.rule import Rule
from scanner.model.severity import Stage


class InTurn:
    """An engine that waits for its turn.

    Of engines that share a `turn` one at a time gets ready, and not all of them wait for each other
    to be.
    """

    def __init__(self, engine: Repeatable, turn: threading.Lock) -> None:
        self._engine = engine
        self._turn = turn

    @property
    def name(self) -> str:
        """The engine's own."""
        return self._engine.name

    @property
    def stage(self) -> Stage:
        """The engine's own."""
        return self._engine.stage

    def rules(self) -> tuple[Rule, ...]:
        """The engine's own."""
        return self._engine.rules()

    def diagnose(self, root: Path) -> Diagnosis:
        """The engine's own."""
        return self._engine.diagnose(root)

    def parts(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """The engine's own."""
        return self._engine.parts(files)

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """The engine's own, as soon as it is its turn."""
        with in_turn(self._turn, context) as own:
            return self._engine.scan(task, own)


@contextlib.contextmanager
def in_turn(turn: threading.Lock, context: ScanContext) -> Iterator[ScanContext]:
    """A context with which an engine has its turn until it first says that it is at work."""
    with contextlib.ExitStack() as held:
        held.enter_context(turn)

        def progress(text: str) -> None:
            held.close()
            context.progress(text)

        yield replace(context, progress=progress)
