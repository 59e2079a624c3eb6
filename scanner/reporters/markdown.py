"""`summary.md` for a job summary and `comment.md` for a pull request, each within GitHub's limit.

Text that came from what was scanned can't become a link, an image, a mention, HTML or a new table
cell: it is escaped, and what GitHub makes live by itself (`@name`, `#1`, addresses) is broken up by
a zero-width space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.model.decision import GateVerdict, Reason, ReasonKind, Status, Triaged
from scanner.model.scan import ScanResult
from scanner.reporters import _facts as facts
from scanner.reporters._text import plain, plural

# A job summary over 1 MiB is dropped without a word; a comment over 65,536 characters is refused.
# Bytes are counted, which is stricter, and other steps' summaries and a prefix get some room.
MAX_BYTES = 1_000_000
MAX_COMMENT_BYTES = 60_000
LIST_BYTES = 10_000
NAME = 40

_MARK = {
    GateVerdict.PASSED: "✅ Passed",
    GateVerdict.FAILED: "❌ Failed",
    GateVerdict.INCONCLUSIVE: "⚠️ Inconclusive",
}


@dataclass(frozen=True, slots=True)
class Markdown:
    """Renders verdict, reasons, coverage and a table of findings."""

    name: str = "markdown"
    filename: str = "summary.md"

    def render(self, scan: ScanResult) -> str:
        """At most `MAX_BYTES` of UTF-8; the table says how many findings it leaves out."""
        head = "\n".join(
            (
                *_verdict(scan),
                *_reasons(scan),
                *_attacks(scan),
                *_notes(scan),
                *_fixed(scan),
                *_coverage(scan),
                *_not_covered(scan),
                "",
            )
        )
        return head + _findings(
            scan, facts.ordered(scan), MAX_BYTES - len(head.encode()), "Findings"
        )


@dataclass(frozen=True, slots=True)
class PullRequestComment:
    """Renders what a reviewer needs: verdict, reasons, new findings, and what was not covered."""

    name: str = "pr-comment"
    filename: str = "comment.md"

    def render(self, scan: ScanResult) -> str:
        """At most `MAX_COMMENT_BYTES` of UTF-8; findings known before are counted, not listed."""
        fresh = [item for item in facts.ordered(scan) if item.status is Status.NEW]
        known = facts.status_counts(scan)[Status.KNOWN]
        more = [f"{plural(known, 'finding')} known before, not listed here.", ""] if known else []
        head = "\n".join((*_verdict(scan), *_reasons(scan), *_attacks(scan), ""))
        tail = "\n".join(("", *more, *_notes(scan), *_not_covered(scan), ""))
        budget = MAX_COMMENT_BYTES - len(head.encode()) - len(tail.encode())
        return head + _findings(scan, fresh, budget, "New findings") + tail


def _verdict(scan: ScanResult) -> list[str]:
    counts = facts.severity_counts(scan)
    shown = [f"**{count:,}** {level.label}" for level, count in counts.items() if count]
    statuses = facts.status_counts(scan)
    suppressed = statuses[Status.SUPPRESSED]
    if suppressed:
        shown.append(f"{suppressed:,} suppressed")
    return [
        f"## {_MARK[scan.decision.verdict]}: servegate on {plain(scan.project, 80)}",
        "",
        plain(facts.headline(scan), 600),
        "",
        " · ".join(shown) if shown else "No findings.",
        "",
    ]


def _reasons(scan: ScanResult) -> list[str]:
    shown = [item for item in scan.decision.reasons if item.kind is not ReasonKind.NOTE]
    if not shown:
        return []
    clauses = [plain(line, 400) for line in facts.explained(scan)]
    lines = [*_listed([_reason(item) for item in shown], "reason"), ""]
    if clauses:
        lines += ["**By the policy**", "", *_listed(clauses, "clause"), ""]
    return ["### Why", "", *lines]


def _notes(scan: ScanResult) -> list[str]:
    lines = [plain(note, 400) for note in facts.notes(scan)]
    return ["### Notes", "", *_listed(lines, "note"), ""] if lines else []


def _attacks(scan: ScanResult) -> list[str]:
    lines = [plain(line, 600) for line in facts.attack_lines(scan)]
    return ["### Attack paths", "", *_listed(lines, "path"), ""] if lines else []


def _fixed(scan: ScanResult) -> list[str]:
    lines = [plain(line, 400) for line in facts.fixed(scan)]
    return ["### Gone from the baseline", "", *_listed(lines, "entry"), ""] if lines else []


def _reason(reason: Reason) -> str:
    return plain(reason.text, 400)


def _coverage(scan: ScanResult) -> list[str]:
    rows = [
        f"| {plain(row.engine, NAME)} | {row.state} | {plain(row.version, NAME)} | {row.saw} "
        f"| {row.findings or ''} | {len(row.gaps) or ''} | {_seconds(row.seconds)} |"
        for row in facts.coverage(scan)
    ]
    return [
        "### Coverage",
        "",
        "| Engine | State | Version | Looked at | Findings | Gaps | Seconds |",
        "| --- | --- | --- | --- | ---: | ---: | ---: |",
        *rows,
        "",
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
    if not lines:
        return []
    return ["### Not covered", "", *_listed(lines, "entry"), ""]


def _listed(lines: list[str], noun: str) -> list[str]:
    """As many entries as fit into `LIST_BYTES`, and how many more there are."""
    shown: list[str] = []
    used = 0
    for line in lines:
        used += len(line.encode()) + 3
        if used > LIST_BYTES:
            return [*shown, f"- and {plural(len(lines) - len(shown), f'further {noun}')}"]
        shown.append(f"- {line}")
    return shown


def _findings(scan: ScanResult, items: Sequence[Triaged], budget: int, heading: str) -> str:
    if not items:
        return ""
    blocking = facts.blocking(scan)
    lines = [
        f"### {heading}",
        "",
        "| Severity | Status | Where | What | Rule |",
        "| --- | --- | --- | --- | --- |",
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
    severity = item.group.severity.label
    status = f"{item.status.value}, blocks" if blocks else item.status.value
    cells = (
        f"**{severity}**" if blocks else severity,
        status,
        plain(str(lead.location), 160),
        plain(lead.message or scan.catalogue[lead.rule_id].title),
        plain(lead.rule_id, 80),
    )
    return f"| {' | '.join(cells)} |"
