"""The two things that can be added: an engine and a reporter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from scanner.model.outcome import Completed, Partial
from scanner.model.plan import Task
from scanner.model.rule import Rule
from scanner.model.scan import ScanResult
from scanner.model.severity import Stage


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

    def scan(self, task: Task, progress: Callable[[str], None]) -> Completed | Partial:
        """Carry out a task. `progress` takes a short text of what is going on.

        Raises only `EngineError`; anything else is a bug of ours.
        """
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
