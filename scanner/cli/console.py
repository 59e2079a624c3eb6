"""Progress on stderr, the verdict on stdout: lively on a terminal, plain in a log."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console as RichConsole
from rich.live import Live
from rich.table import Table
from rich.text import Text

from scanner.cli.text import plain
from scanner.model.decision import GateVerdict, ReasonKind, Status, Triaged
from scanner.model.location import EndpointLocation, Location
from scanner.model.outcome import EngineRun, Failed, Partial
from scanner.model.plan import LeftOutKind, Plan, StaticTask
from scanner.model.scan import ScanResult
from scanner.model.severity import Severity, Stage
from scanner.reporters import _facts as facts
from scanner.run import Progress

_SEVERITY_STYLE = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_VERDICT_STYLE = {
    GateVerdict.PASSED: "bold green",
    GateVerdict.FAILED: "bold red",
    GateVerdict.INCONCLUSIVE: "bold yellow",
}
_TOP = 10
_LOG_WIDTH = 140
_MAX_REASONS = 12
_LAST_LINES = 8


def rich_console(*, stderr: bool = False) -> RichConsole:
    """A console as wide as the terminal; in a log, where nothing wraps, wide enough for paths."""
    stream = sys.stderr if stderr else sys.stdout
    fixed = None if stream.isatty() or "COLUMNS" in os.environ else _LOG_WIDTH
    return RichConsole(stderr=stderr, highlight=False, width=fixed)


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
            self._err.print(Text(f"note: {plain(text)}", style="dim"))

    def plan(self, plan: Plan) -> None:
        """What would run, on stdout."""
        table = Table(box=None, padding=(0, 2, 0, 0))
        for title in ("engine", "stage", "would look at"):
            table.add_column(title, overflow="fold")
        for task in plan.tasks:
            if isinstance(task, StaticTask):
                what = _count(len(task.files), "file")
                what += f", {_count(len(task.gaps), 'gap')}" if task.gaps else ""
            else:
                what = task.target.url or " ".join(task.target.command)
            table.add_row(task.engine, task.stage.value, Text(plain(what)))
        for out in plan.left_out:
            table.add_row(
                out.engine, out.stage.value, Text(f"left out: {plain(out.reason)}", "dim")
            )
        self._out.print(table)
        for gap in plan.excluded:
            self._out.print(Text(f"excluded: {plain(gap.subject)}: {plain(gap.reason)}", "dim"))
        for line in plan.notes:
            self._out.print(Text(f"note: {plain(line)}", style="dim"))

    @contextmanager
    def live(self, plan: Plan) -> Iterator[Callable[[Progress], None]]:
        """Show the engines at work; yields the observer for `carry_out`."""
        board = _Board(plan)
        if self._quiet:
            yield board.take
        elif self._err.is_terminal:
            with Live(
                board.table(), console=self._err, refresh_per_second=8, transient=True
            ) as live:
                live.get_renderable = board.table  # type: ignore[method-assign]
                yield board.take
            self._err.print(board.table())
        else:
            yield lambda event: self._log(board, event)

    def _log(self, board: _Board, event: Progress) -> None:
        board.take(event)
        if event.ended is not None:
            run = event.ended
            line = f"{run.engine:<8} {_state(run)[0]:<9} {_told(run)}  {run.seconds:.1f} s"
            self._err.print(Text(plain(line)))
        elif self._debug:
            self._err.print(Text(plain(f"{event.engine:<8} {event.text}")))

    def summary(self, scan: ScanResult, written: tuple[Path, ...]) -> None:
        """Findings, coverage, verdict and where the reports are."""
        if not self._quiet:
            self._findings(scan)
            self._coverage(scan)
            self._last_words(scan)
        self.verdict(scan, tabled=not self._quiet)
        if written and not self._quiet:
            html = next((path for path in written if path.suffix == ".html"), written[0])
            others = ", ".join(path.name for path in written if path != html)
            self._out.print(
                Text(f"Reports: {plain(str(html))}" + (f" ({others})" if others else ""))
            )

    def verdict(self, scan: ScanResult, *, tabled: bool = False) -> None:
        """The verdict in one line, with its reasons unless quiet.

        `tabled` leaves out what the table of engines above has said already.
        """
        decision = scan.decision
        line = Text("Verdict: ")
        line.append(decision.verdict.value.upper(), style=_VERDICT_STYLE[decision.verdict])
        line.append(f" - {_why(scan)}")
        if not self._quiet:
            for reason in self._shown_reasons(scan, tabled=tabled):
                self._out.print(reason)
        self._out.print(line)

    def _shown_reasons(self, scan: ScanResult, *, tabled: bool) -> Iterator[Text]:
        in_table = {out.engine for out in scan.plan.left_out} if tabled else set()
        uncertain = [r for r in scan.decision.reasons if r.kind is ReasonKind.UNCERTAIN]
        notes = [
            reason
            for reason in scan.decision.reasons
            if reason.kind is ReasonKind.NOTE and reason.subject not in in_table
        ]
        for line in facts.explained(scan):
            yield Text(f"  {plain(line)}")
        for reason in uncertain[:_MAX_REASONS]:
            yield Text(f"  not covered: {plain(reason.text)}", style="yellow")
        if len(uncertain) > _MAX_REASONS:
            yield Text(f"  ... and {len(uncertain) - _MAX_REASONS} more in the report", "yellow")
        for reason in notes:
            yield Text(f"  note: {plain(reason.text)}", style="dim")
        for text in scan.plan.notes:
            yield Text(f"  note: {plain(text)}", style="dim")

    def _findings(self, scan: ScanResult) -> None:
        active = [entry for entry in scan.findings if _counts(entry, scan)]
        shown = [e for e in active if e.group.severity >= Severity.MEDIUM][:_TOP]
        if shown:
            table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
            table.add_column("severity", no_wrap=True)
            table.add_column("finding", overflow="fold")
            for entry in shown:
                group = entry.group
                title = scan.catalogue[group.lead.rule_id].title
                text = Text(plain(title))
                text.append(f"\n{plain(_place(group.lead.location))}", style="bold")
                text.append(f"  {group.lead.rule_id}  [{', '.join(group.engines)}]", style="dim")
                style = _SEVERITY_STYLE[group.severity]
                table.add_row(Text(group.severity.label, style=style), text)
            self._out.print(table)
        rest = len(active) - len(shown)
        if rest:
            self._out.print(Text(f"... and {rest} more in the report", style="dim"))
        for line in facts.attack_lines(scan)[:_TOP]:
            self._out.print(Text(f"attack path: {plain(line)}"))
        for line in filter(None, (facts.compared(scan), *facts.fixed(scan)[:_TOP])):
            self._out.print(Text(plain(line), style="dim"))

    def _last_words(self, scan: ScanResult) -> None:
        """What a failed engine, or an endpoint that did not start, printed last."""
        for run in scan.runs:
            if isinstance(run.outcome, Failed):
                for line in run.outcome.detail.splitlines()[-_LAST_LINES:]:
                    self._out.print(Text(f"  {run.engine} | {plain(line)[:200]}", style="dim"))

    def _coverage(self, scan: ScanResult) -> None:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for title in ("engine", "state", "looked at", "findings", "time"):
            table.add_column(title, overflow="fold")
        for run in scan.runs:
            state, style = _state(run)
            count = "-" if isinstance(run.outcome, Failed) else str(len(run.outcome.findings))
            table.add_row(
                run.engine,
                Text(state, style=style),
                Text(plain(_looked_at(run))),
                count,
                f"{run.seconds:.1f} s",
            )
        for out in scan.plan.left_out:
            words = {LeftOutKind.NOTHING_TO_SCAN: "nothing"}
            state = words.get(out.kind, "left out")
            table.add_row(out.engine, Text(state, style="dim"), Text(plain(out.reason)), "-", "-")
        self._out.print(table)


class _Board:
    """The live table: one line per engine."""

    def __init__(self, plan: Plan) -> None:
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._text = {task.engine: "waiting" for task in plan.tasks}
        self._ended: dict[str, EngineRun] = {}

    def take(self, event: Progress) -> None:
        """Note what happened; called from the engines' threads."""
        with self._lock:
            if event.ended is not None:
                self._ended[event.engine] = event.ended
            else:
                self._text[event.engine] = event.text

    def table(self) -> Table:
        """The table as it is now."""
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        with self._lock:
            for engine, text in self._text.items():
                run = self._ended.get(engine)
                if run is None:
                    seconds = time.monotonic() - self._began
                    table.add_row(
                        Text(engine), Text("running", "cyan"), Text(plain(text)), f"{seconds:.0f} s"
                    )
                else:
                    state, style = _state(run)
                    table.add_row(
                        Text(engine),
                        Text(state, style),
                        Text(plain(_told(run))),
                        f"{run.seconds:.1f} s",
                    )
        return table


def _place(location: Location) -> str:
    """Where to look; an operation shows the code that serves it, if that is known."""
    if isinstance(location, EndpointLocation) and location.handler is not None:
        return f"{location} at {location.handler}"
    return str(location)


def _state(run: EngineRun) -> tuple[str, str]:
    match run.outcome:
        case Failed(kind=kind):
            return kind.value, "red"
        case Partial():
            return "partial", "yellow"
        case _:
            return "done", "green"


def _told(run: EngineRun) -> str:
    if isinstance(run.outcome, Failed):
        return run.outcome.reason
    return f"{_count(len(run.outcome.findings), 'finding')}, {_looked_at(run)}"


def _looked_at(run: EngineRun) -> str:
    outcome = run.outcome
    if isinstance(outcome, Failed):
        return outcome.reason
    text = _count(len(outcome.targets), "operation" if run.stage is Stage.DAST else "file")
    if outcome.requests:
        text += f", {_count(outcome.requests, 'request')}"
    if isinstance(outcome, Partial):
        text += f", {_count(len(outcome.gaps), 'gap')}"
    return text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _counts(entry: Triaged, scan: ScanResult) -> bool:
    """Whether a finding counts for this policy: a new one, or any that is not suppressed."""
    known = entry.status is Status.KNOWN and scan.policy.block_known
    return known or entry.status is Status.NEW


def _why(scan: ScanResult) -> str:
    """The verdict's cause in a few words."""
    active = Counter(e.group.severity for e in scan.findings if _counts(e, scan))
    blocking = sum(n for severity, n in active.items() if severity >= scan.policy.fail_on)
    levels = ", ".join(f"{active[s]} {s.label}" for s in sorted(active, reverse=True))
    match scan.decision.verdict:
        case GateVerdict.FAILED:
            if not blocking:
                return f"{scan.decision.reasons[0].text}"
            return (
                f"{_count(blocking, 'finding')} at or above {scan.policy.fail_on.label} ({levels})"
            )
        case GateVerdict.INCONCLUSIVE:
            found = f"; found so far: {levels}" if levels else ""
            return f"not everything was looked at, so this is no pass{found}"
        case GateVerdict.PASSED:
            bar = f"nothing {'new ' if scan.comparison else ''}at or above "
            if scan.policy.observe and blocking:
                bar = f"observed only: {_count(blocking, 'finding')} at or above "
            return f"{bar}{scan.policy.fail_on.label}" + (f" ({levels})" if levels else "")
