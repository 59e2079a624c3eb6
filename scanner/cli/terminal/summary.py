"""The end of a scan: the worst findings, how it can be attacked, what was covered, the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console as RichConsole
from rich.text import Text

from scanner.cli.terminal.style import (
    SEVERITY_STYLE,
    VERDICT_STYLE,
    arrow,
    clean,
    count,
    looked_at,
    mark,
    place,
    short,
    state,
)
from scanner.model.attack import AttackPath, PartRole
from scanner.model.decision import GateVerdict, ReasonKind, Status, Triaged
from scanner.model.outcome import Failed
from scanner.model.plan import LeftOutKind
from scanner.model.scan import ScanResult
from scanner.model.severity import Confidence, Severity
from scanner.reporters import _facts as facts

_TOP = 10
_PATHS = 5
_MAX_REASONS = 12
_LAST_LINES = 8
_MESSAGE = 300
_NARROW = 72


def findings(scan: ScanResult, console: RichConsole) -> None:
    """The worst findings that count, each with its place and the word that `show` takes."""
    active = [entry for entry in facts.ordered(scan) if counts(entry, scan)]
    shown = [e for e in active if e.group.severity >= Severity.MEDIUM][:_TOP]
    if shown:
        from rich.table import Table  # not for a verdict alone

        table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
        table.add_column("severity", no_wrap=True)
        table.add_column("finding", overflow="fold")
        for entry in shown:
            level = entry.group.severity
            table.add_row(Text(level.label, SEVERITY_STYLE[level]), _finding(entry, scan))
        console.print(table)
    rest = len(active) - len(shown)
    if rest:
        console.print(Text(f"... and {rest:,} more in the report", style="dim"))


def _finding(entry: Triaged, scan: ScanResult) -> Text:
    group = entry.group
    said = group.lead.message or scan.catalogue[group.lead.rule_id].title
    text = Text().append_text(clean(said[:_MESSAGE], "bold")).append("\n")
    text.append_text(clean(place(group.lead.location)))
    text.append_text(clean(f"  {group.lead.rule_id}  [{', '.join(group.engines)}]  ", "dim"))
    if group.confidence is Confidence.PROVEN:
        text.append("proven  ", "magenta")
    text.append_text(clean(short(group.fingerprint), "dim"))
    return text


def attack_paths(scan: ScanResult, console: RichConsole) -> None:
    """From the internet to the line of code, a path in two lines."""
    paths = scan.attacks.paths
    if not paths:
        return
    from rich.table import Table

    console.print(Text(f"\nAttack paths ({len(paths):,})", "bold"))
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column("severity", no_wrap=True)
    table.add_column("path", overflow="fold")
    for path in paths[:_PATHS]:
        level = path.severity
        table.add_row(Text(level.label, SEVERITY_STYLE[level]), _path(path, arrow(console)))
    console.print(table)
    if len(paths) > _PATHS:
        console.print(Text(f"... and {len(paths) - _PATHS:,} more in the report", style="dim"))


def _path(path: AttackPath, to: str) -> Text:
    gate = path.of(PartRole.EXPOSURE)[:1]
    code = path.of(PartRole.CODE)
    mended = [part for part in code if path.fix and part.place == str(path.fix)][:1] or code[:1]
    stations = [
        "internet",
        *(part.place for part in gate),
        path.operation,
        *(part.place for part in mended),
    ]
    text = Text().append_text(clean(f" {to} ".join(stations), "bold"))
    if path.raised:
        text.append("  raised: code, proof and exposure meet", "red")
    rules = (part.rule_id for part in (*gate, *path.of(PartRole.PROOF)[:1], *mended))
    text.append("\n")
    text.append_text(clean(", ".join(rules), "dim"))
    return text


def comparison(scan: ScanResult, console: RichConsole) -> None:
    """What became of the baseline."""
    fixed = facts.fixed(scan)
    for line in filter(None, (facts.compared(scan), *fixed[:_TOP])):
        console.print(clean(line, "dim"))
    if len(fixed) > _TOP:
        console.print(Text(f"... and {len(fixed) - _TOP:,} more in the report", style="dim"))


def coverage(scan: ScanResult, console: RichConsole) -> None:
    """What each engine looked at; those that had no part come after, in dim lines."""
    from rich.table import Table

    narrow = console.width < _NARROW
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("engine", no_wrap=True)
    for title in ("state", "looked at", "findings"):
        table.add_column(title, overflow="fold")
    if not narrow:
        table.add_column("time", no_wrap=True)
    for run in scan.runs:
        word, style = state(run)
        found = "-" if isinstance(run.outcome, Failed) else f"{len(run.outcome.findings):,}"
        row = [
            Text(f"{mark(word, console)} {run.engine}", style),
            Text(word, style),
            clean(looked_at(run)),
            Text(found),
        ]
        table.add_row(*row, *([] if narrow else [Text(f"{run.seconds:.1f} s", "dim")]))
    console.print()
    console.print(table)
    for reason, engines in _left_out(scan).items():
        console.print(clean(f"{mark('left out', console)} {', '.join(engines)}: {reason}", "dim"))
    for gap in _bundled(scan):
        console.print(clean(gap, "dim"))


def _left_out(scan: ScanResult) -> dict[str, list[str]]:
    """The engines that had no part, by the reason for it."""
    reasons: dict[str, list[str]] = {}
    for out in scan.plan.left_out:
        kind = "nothing to do" if out.kind is LeftOutKind.NOTHING_TO_SCAN else "left out"
        reasons.setdefault(f"{kind}, {out.reason}", []).append(out.engine)
    return reasons


def _bundled(scan: ScanResult) -> Iterator[str]:
    """What was outside the scan, counted by reason."""
    reasons = Counter(gap.reason for gap in scan.plan.excluded)
    for reason, number in reasons.most_common(3):
        yield f"excluded: {count(number, 'path')}, {reason}"


def last_words(scan: ScanResult, console: RichConsole) -> None:
    """What a failed engine, or an endpoint that did not start, printed last."""
    for run in scan.runs:
        if isinstance(run.outcome, Failed):
            for line in run.outcome.detail.splitlines()[-_LAST_LINES:]:
                console.print(clean(f"  {run.engine} | {line[:200]}", "dim"))


def reasons(scan: ScanResult, *, tabled: bool) -> Iterator[Text]:
    """Why the verdict is what it is, and what would make it pass.

    `tabled` leaves out what the table of engines above has said already.
    """
    in_table = {out.engine for out in scan.plan.left_out} if tabled else set()
    uncertain = [r for r in scan.decision.reasons if r.kind is ReasonKind.UNCERTAIN]
    for line in facts.explained(scan):
        yield clean(f"  {line}")
    for reason in uncertain[:_MAX_REASONS]:
        yield clean(f"  not covered: {reason.text}", "yellow")
    if len(uncertain) > _MAX_REASONS:
        yield Text(f"  ... and {len(uncertain) - _MAX_REASONS:,} more in the report", "yellow")
    for reason in scan.decision.reasons:
        if reason.kind is ReasonKind.NOTE and reason.subject not in in_table:
            yield clean(f"  note: {reason.text}", "dim")
    for text in scan.plan.notes:
        yield clean(f"  note: {text}", "dim")


def verdict(scan: ScanResult) -> Text:
    """The verdict and its cause in one line."""
    decision = scan.decision
    line = Text("Verdict: ")
    line.append(decision.verdict.value.upper(), style=VERDICT_STYLE[decision.verdict])
    line.append_text(clean(f" - {_why(scan)}"))
    return line


def next_steps(scan: ScanResult, written: tuple[Path, ...]) -> Iterator[Text]:
    """Where the reports are, and the commands that one wants now."""
    if not written:
        return
    html = next((path for path in written if path.suffix == ".html"), written[0])
    others = ", ".join(path.name for path in written if path != html)
    yield clean(f"Reports: {html}" + (f" ({others})" if others else ""))
    result = next((path for path in written if path.name == "result.json"), None)
    worst = next((e for e in facts.ordered(scan) if counts(e, scan)), None)
    if result is None or worst is None:
        return
    beside = "" if result.parent == Path("servegate-report") else f" --result {result}"
    yield clean(f"Next:    servegate show {short(worst.group.fingerprint)}{beside}")


def counts(entry: Triaged, scan: ScanResult) -> bool:
    """Whether a finding counts for this policy: a new one, or any that is not suppressed."""
    known = entry.status is Status.KNOWN and scan.policy.block_known
    return known or entry.status is Status.NEW


def _why(scan: ScanResult) -> str:
    """The verdict's cause in a few words."""
    active = Counter(e.group.severity for e in scan.findings if counts(e, scan))
    blocking = sum(n for severity, n in active.items() if severity >= scan.policy.fail_on)
    levels = ", ".join(f"{active[s]:,} {s.label}" for s in sorted(active, reverse=True))
    match scan.decision.verdict:
        case GateVerdict.FAILED:
            if not blocking:
                return scan.decision.reasons[0].text if scan.decision.reasons else "no reason given"
            worst = scan.policy.fail_on.label
            return f"{count(blocking, 'finding')} at or above {worst} ({levels})"
        case GateVerdict.INCONCLUSIVE:
            found = f"; found so far: {levels}" if levels else ""
            return f"not everything was looked at, so this is no pass{found}"
        case GateVerdict.PASSED:
            bar = f"nothing {'new ' if scan.comparison else ''}at or above "
            if scan.policy.observe and blocking:
                bar = f"observed only: {count(blocking, 'finding')} at or above "
            return f"{bar}{scan.policy.fail_on.label}" + (f" ({levels})" if levels else "")
