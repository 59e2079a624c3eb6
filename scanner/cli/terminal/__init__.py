"""What the user sees: progress on stderr, the outcome on stdout; lively on a terminal, plain in a
log. Nothing that was scanned can steer the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from scanner.cli.terminal import summary
from scanner.cli.terminal.style import clean, count, mark, rich_console, state, told
from scanner.model.plan import Plan, StaticTask
from scanner.model.scan import ScanResult

if TYPE_CHECKING:
    from scanner.run import Progress

__all__ = ["Console", "rich_console"]


class Console:
    """What the user sees of a scan."""

    def __init__(self, *, quiet: bool, debug: bool) -> None:
        self._quiet = quiet
        self._debug = debug
        self._err = rich_console(stderr=True)
        self._out = rich_console()

    def note(self, text: str) -> None:
        """A remark on stderr."""
        if not self._quiet:
            self._err.print(clean(f"note: {text}", "dim"))

    def plan(self, plan: Plan) -> None:
        """What would run, on stdout."""
        from rich.table import Table

        table = Table(box=None, padding=(0, 2, 0, 0))
        for title in ("engine", "stage", "would look at"):
            table.add_column(title, overflow="fold")
        for task in plan.tasks:
            if isinstance(task, StaticTask):
                what = count(len(task.files), "file")
                what += f", {count(len(task.gaps), 'gap')}" if task.gaps else ""
            else:
                what = task.target.url or " ".join(task.target.command)
            table.add_row(task.engine, task.stage.value, clean(what))
        for out in plan.left_out:
            table.add_row(out.engine, out.stage.value, clean(f"left out: {out.reason}", "dim"))
        self._out.print(table)
        for gap in plan.excluded:
            self._out.print(clean(f"excluded: {gap.subject}: {gap.reason}", "dim"))
        for line in plan.notes:
            self._out.print(clean(f"note: {line}", "dim"))

    @contextmanager
    def live(
        self, plan: Plan, before: Callable[[], Mapping[str, float]] = dict
    ) -> Iterator[Callable[[Progress], None]]:
        """Show the engines at work; yields the observer for `carry_out`.

        `before` tells the seconds that engines took in the last scan.
        """
        if self._quiet:
            yield lambda _event: None
        elif self._err.is_terminal:
            from rich.live import Live

            from scanner.cli.terminal.board import Board

            board = Board(plan, self._err, before())
            with Live(
                board.shown(), console=self._err, refresh_per_second=8, transient=True
            ) as live:
                live.get_renderable = board.shown  # type: ignore[method-assign]
                yield board.take
        else:
            yield self._log

    def _log(self, event: Progress) -> None:
        if event.ended is not None:
            run = event.ended
            word, style = state(run)
            line = Text(f"{mark(word, self._err)} {run.engine:<9} {word:<9} ", style)
            self._err.print(line.append_text(clean(f"{told(run)}  {run.seconds:.1f} s")))
        elif self._debug and event.text:
            self._err.print(clean(f"{event.engine:<9} {event.text}"))

    def summary(self, scan: ScanResult, written: tuple[Path, ...]) -> None:
        """Findings, coverage, verdict, where the reports are and what to do next."""
        if not self._quiet:
            summary.findings(scan, self._out)
            summary.attack_paths(scan, self._out)
            summary.comparison(scan, self._out)
            summary.coverage(scan, self._out)
            summary.last_words(scan, self._out)
        self.verdict(scan, tabled=not self._quiet)
        if not self._quiet:
            for line in summary.next_steps(scan, written):
                self._out.print(line)

    def verdict(self, scan: ScanResult, *, tabled: bool = False) -> None:
        """The verdict in one line, with its reasons unless quiet.

        `tabled` leaves out what the table of engines above has said already.
        """
        if not self._quiet:
            for reason in summary.reasons(scan, tabled=tabled):
                self._out.print(reason)
        self._out.print(summary.verdict(scan))
