"""`summary.md` for a job summary and `comment.md` for a pull request, each within GitHub's limit.

Text that came from what was scanned can't become a link, an image, a mention, HTML or a new table
cell: it is escaped, and what GitHub makes live by itself (`@name`, `#1`, addresses) is broken up by
a zero-width space.
"""

from __future__ import annotations

from collections.abc import Sequence

from scanner.model.attack import AttackPath, PartRole
from scanner.model.decision import GateVerdict, Reason, ReasonKind, Status, Triaged
from scanner.model.location import EndpointLocation, Location
from scanner.model.scan import ScanResult
from scanner.model.severity import Confidence, Severity
from scanner.model.values import Value
from scanner.reporters import _facts as facts
from scanner.reporters._text import plain, plural

# A job summary over 1 MiB is dropped without a word; a comment over 65,536 characters is refused.
# Bytes are counted, which is stricter, and other steps' summaries and a prefix get some room.
MAX_BYTES = 1_000_000
MAX_COMMENT_BYTES = 60_000
LIST_BYTES = 10_000
NAME = 40

MOST_ENGINES = 20

_DOT = {
    Severity.CRITICAL: "🔴",
    Severity.HIGH: "🟠",
    Severity.MEDIUM: "🟡",
    Severity.LOW: "🔵",
    Severity.INFO: "⚪",
}
_STATE = {facts.COMPLETED: "✅", facts.PARTIAL: "⚠️", facts.FAILED: "❌"}
_MARK = {
    GateVerdict.PASSED: "✅ Passed",
    GateVerdict.FAILED: "❌ Failed",
    GateVerdict.INCONCLUSIVE: "⚠️ Inconclusive",
}


class Markdown(Value):
    """Renders verdict, reasons, attack paths, findings, and coverage, what matters least folded."""

    name: str = "markdown"
    filename: str = "summary.md"

    def render(self, scan: ScanResult) -> str:
        """At most `MAX_BYTES` of UTF-8; the table says how many findings it leaves out."""
        head = "\n".join((*_verdict(scan), *_reasons(scan), *_attacks(scan), ""))
        tail = "\n".join(
            (
                "",
                *_folded("Coverage", _coverage(scan)),
                *_folded("Not covered", _not_covered(scan)),
                *_folded("Gone from the baseline", _fixed(scan)),
                *_folded("Notes", _notes(scan)),
                "",
            )
        )
        budget = MAX_BYTES - len(head.encode()) - len(tail.encode())
        return head + _all_findings(scan, budget) + tail


class PullRequestComment(Value):
    """Renders what a reviewer needs: verdict, reasons, new findings, and what was not covered."""

    name: str = "pr-comment"
    filename: str = "comment.md"

    def render(self, scan: ScanResult) -> str:
        """At most `MAX_COMMENT_BYTES` of UTF-8; findings known before are counted, not listed."""
        fresh = [item for item in facts.ordered(scan) if item.status is Status.NEW]
        known = facts.status_counts(scan)[Status.KNOWN]
        more = [f"{plural(known, 'finding')} known before, not listed here.", ""] if known else []
        head = "\n".join((*_verdict(scan), *_reasons(scan), *_attacks(scan), ""))
        tail = "\n".join(
            (
                "",
                *more,
                *_folded("Not covered", _not_covered(scan)),
                *_folded("Notes", _notes(scan)),
                "",
            )
        )
        budget = MAX_COMMENT_BYTES - len(head.encode()) - len(tail.encode())
        return head + _findings(scan, fresh, budget, "New findings") + tail


def _verdict(scan: ScanResult) -> list[str]:
    counts = facts.severity_counts(scan)
    shown = [
        f"{_DOT[level]} **{count:,}** {level.label}" for level, count in counts.items() if count
    ]
    suppressed = facts.status_counts(scan)[Status.SUPPRESSED]
    if suppressed:
        shown.append(f"{suppressed:,} suppressed")
    return [
        f"## {_MARK[scan.decision.verdict]}: servegate on {plain(scan.project, 80)}",
        "",
        plain(facts.headline(scan), 600),
        "",
        " · ".join(shown) if shown else "No findings.",
        "",
        *_line(plain(facts.compared(scan), 300)),
        *_line(_looked(scan)),
    ]


def _line(text: str) -> list[str]:
    return [text, ""] if text else []


def _looked(scan: ScanResult) -> str:
    """Each engine with what it saw, so that a pass means something."""
    told = [
        f"{_STATE.get(row.state, '▫️')} {plain(row.engine, NAME)} {row.saw or row.state}"
        + (f", **{plural(len(row.gaps), 'gap')}**" if row.gaps else "")
        for row in facts.coverage(scan)
        if row.state != facts.LEFT_OUT
    ]
    left_out = [plain(out.engine, NAME) for out in scan.plan.left_out]
    if left_out:
        told.append(f"left out: {', '.join(left_out)}")
    return " · ".join(told[:MOST_ENGINES])


def _reasons(scan: ScanResult) -> list[str]:
    """Why, beside the findings that block: those stand in their own table."""
    blocking = facts.blocking(scan)
    shown = [
        item
        for item in scan.decision.reasons
        if item.kind is not ReasonKind.NOTE and item.subject not in blocking
    ]
    clauses = [plain(line, 400) for line in facts.explained(scan)]
    lines = _listed([_reason(item) for item in shown], "reason")
    if clauses:
        lines += [*([""] if lines else []), *_listed(clauses, "clause")]
    return ["### Why", "", *lines, ""] if lines else []


def _notes(scan: ScanResult) -> list[str]:
    return _listed([plain(note, 400) for note in facts.notes(scan)], "note")


def _attacks(scan: ScanResult) -> list[str]:
    """From the internet to the line of code, a row each."""
    paths = scan.attacks.paths
    if not paths:
        return []
    rows = [
        f"| {_DOT[path.severity]} {path.severity.label}{' (raised)' if path.raised else ''} "
        f"| {_parts(path, PartRole.EXPOSURE) or 'not in what was scanned'} "
        f"| {plain(path.operation, 120)} | {_parts(path, PartRole.PROOF, places=False)} "
        f"| {plain(str(path.fix), 120) if path.fix else _parts(path, PartRole.CODE)} |"
        for path in paths
    ]
    shown, more = _within(rows)
    return [
        "### Attack paths",
        "",
        "| Severity | Exposed by | Operation | Proven by | Mend first |",
        "| --- | --- | --- | --- | --- |",
        *shown,
        "",
        *([f"and {plural(more, 'further path')}", ""] if more else []),
    ]


def _parts(path: AttackPath, role: PartRole, *, places: bool = True) -> str:
    parts = path.of(role)
    texts = dict.fromkeys(part.place if places else part.rule_id for part in parts[:2])
    more = f" and {len(parts) - 2} more" if len(parts) > 2 else ""
    return ", ".join(plain(text, 100) for text in texts) + more


def _fixed(scan: ScanResult) -> list[str]:
    return _listed([plain(line, 400) for line in facts.fixed(scan)], "entry")


def _reason(reason: Reason) -> str:
    return plain(reason.text, 400)


def _coverage(scan: ScanResult) -> list[str]:
    rows = [
        f"| {plain(row.engine, NAME)} | {row.state} | {plain(row.version, NAME)} | {row.saw} "
        f"| {row.findings or ''} | {len(row.gaps) or ''} | {_seconds(row.seconds)} |"
        for row in facts.coverage(scan)
    ]
    return [
        "| Engine | State | Version | Looked at | Findings | Gaps | Seconds |",
        "| --- | --- | --- | --- | ---: | ---: | ---: |",
        *rows,
    ]


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f}"


def _not_covered(scan: ScanResult) -> list[str]:
    lines = []
    for row in facts.coverage(scan):
        if row.reason:
            lines.append(f"**{plain(row.engine)}** {row.state}: {plain(row.reason)}")
        lines += [
            f"**{plain(row.engine)}** did not look at {plain(gap.subject)}: {plain(gap.reason)}"
            for gap in row.gaps
        ]
    lines += [f"{plain(gap.subject)}: {plain(gap.reason)}" for gap in scan.plan.excluded]
    return _listed(lines, "entry")


def _folded(title: str, lines: list[str]) -> list[str]:
    """Lines behind a title that opens on a click; the markup is ours, its content is escaped."""
    if not lines:
        return []
    return ["<details>", f"<summary>{title}</summary>", "", *lines, "", "</details>", ""]


def _listed(lines: list[str], noun: str) -> list[str]:
    """As many entries as fit into `LIST_BYTES`, and how many more there are."""
    shown, more = _within([f"- {line}" for line in lines])
    return [*shown, f"- and {plural(more, f'further {noun}')}"] if more else shown


def _within(lines: list[str]) -> tuple[list[str], int]:
    """The first lines that fit into `LIST_BYTES`, and the number of the others."""
    used = 0
    for place, line in enumerate(lines):
        used += len(line.encode()) + 1
        if used > LIST_BYTES:
            return lines[:place], len(lines) - place
    return lines, 0


def _all_findings(scan: ScanResult, budget: int) -> str:
    """Those that block in the open, the others folded."""
    blocking = facts.blocking(scan)
    ordered = facts.ordered(scan)
    first = [item for item in ordered if item.group.fingerprint in blocking]
    rest = [item for item in ordered if item.group.fingerprint not in blocking]
    shown = _findings(scan, first, budget, "What blocks", marked=False)
    heading = "Other findings" if first else "Findings"
    fold = "\n".join(_folded(f"{heading} ({len(rest):,})", ["\n"]))
    others = _findings(scan, rest, budget - len(shown.encode()) - len(fold.encode()), "")
    if not others:
        return shown
    title = f"{heading} ({len(rest):,})"
    return "\n".join((shown, *_folded(title, others.rstrip("\n").split("\n")))).lstrip("\n")


def _findings(
    scan: ScanResult, items: Sequence[Triaged], budget: int, heading: str, *, marked: bool = True
) -> str:
    """A table of findings within a budget of bytes; `marked` says of each whether it blocks."""
    if not items:
        return ""
    blocking = facts.blocking(scan) if marked else frozenset()
    lines = [
        *([f"### {heading}", ""] if heading else []),
        "| Severity | Where | What | Rule |",
        "| --- | --- | --- | --- |",
    ]
    used = sum(len(line.encode()) + 1 for line in lines)
    for place, item in enumerate(items):
        row = _row(item, scan, blocks=item.group.fingerprint in blocking)
        used += len(row.encode()) + 1
        # Room is kept for the line that says what is left out.
        if used > budget - 200:
            more = plural(len(items) - place, "finding")
            lines += ["", f"{more} of no higher severity left out here; result.json has them all."]
            break
        lines.append(row)
    return "\n".join((*lines, ""))


def _row(item: Triaged, scan: ScanResult, *, blocks: bool) -> str:
    lead = item.group.lead
    severity = f"{_DOT[item.group.severity]} {item.group.severity.label}"
    marks = [item.status.value] if item.status is not Status.NEW else []
    if item.group.confidence is Confidence.PROVEN:
        marks.append("proven")
    cells = (
        f"{severity}{''.join(f', {mark}' for mark in marks)}{', blocks' if blocks else ''}",
        _where(lead.location),
        plain(lead.message or scan.catalogue[lead.rule_id].title),
        plain(lead.rule_id, 80),
    )
    return f"| {' | '.join(cells)} |"


def _where(location: Location) -> str:
    """The place; of an operation also the line that serves it, where it is known."""
    handler = location.handler if isinstance(location, EndpointLocation) else None
    served = f", {plain(str(handler), 100)}" if handler else ""
    return f"{plain(str(location), 160)}{served}"
