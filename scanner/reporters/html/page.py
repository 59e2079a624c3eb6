"""The view-model of `report.html`: everything that the templates print, already in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from scanner.model.decision import GateVerdict, Reason, ReasonKind, Status, Triaged
from scanner.model.scan import ScanResult
from scanner.model.severity import Severity
from scanner.model.values import Value
from scanner.reporters import _facts as facts
from scanner.reporters._text import clipped, one_line, visible
from scanner.reporters.html.attacks import MAX_ATTACKS, Way, ways
from scanner.reporters.html.board import Board, boards
from scanner.reporters.html.detail import CELL, categories
from scanner.reporters.html.picture import Picture, picture
from scanner.reporters.html.surface import Operations, Surface, surface
from scanner.reporters.html.trend import Trend, trend

MAX_REASONS = 6
MAX_GAPS = 200
MAX_FIXED = 50
# Rows laid out at once: the browser needs a second for thousands, and nobody reads them at once.
STEP = 200
VERSION = 24


class Tile(Value, kw_only=True):
    """How many findings stand at one severity."""

    severity: str
    count: int


class Why(Value, kw_only=True):
    """One reason of the verdict; `link` is the fingerprint of the finding that it names."""

    kind: str
    text: str
    link: str


class EngineRow(Value, kw_only=True):
    """One line of the coverage table."""

    engine: str
    stage: str
    state: str
    key: str
    reason: str
    version: str
    saw: str
    rules: str
    findings: str
    gaps: str
    requests: str
    seconds: str
    notes: tuple[str, ...]


class NotCovered(Value, kw_only=True):
    """Something that nobody looked at."""

    subject: str
    reason: str
    by: str


class Row(Value, kw_only=True):
    """One finding, closed."""

    place: int
    fingerprint: str
    severity: str
    confidence: str
    status: str
    stage: str
    engines: tuple[str, ...]
    message: str
    where: str
    rule_id: str
    blocks: bool


class Facet(Value, kw_only=True):
    """One way to narrow the list: its values with how many findings have each."""

    name: str
    title: str
    options: tuple[tuple[str, int], ...]


class Empty(Value, kw_only=True):
    """What stands in place of an empty list; `tone` is `good` or `unsure`."""

    title: str
    text: str
    tone: str


class Page(Value, kw_only=True):
    """The whole page but the details of findings."""

    project: str
    version: str
    started: str
    started_iso: str
    took: str
    commit: str
    policy: str
    verdict: str
    sentence: str
    tiles: tuple[Tile, ...]
    suppressed: int
    reasons: tuple[Why, ...]
    more_reasons: int
    engines: tuple[EngineRow, ...]
    not_covered: tuple[NotCovered, ...]
    more_not_covered: int
    plan_notes: tuple[str, ...]
    attacks: tuple[Way, ...]
    more_attacks: int
    picture: Picture | None
    boards: tuple[Board, ...]
    surface: Surface | None
    trend: Trend | None
    rows: tuple[Row, ...]
    total: int
    step: int
    past: tuple[tuple[str, int], ...]
    severities: tuple[Tile, ...]
    facets: tuple[Facet, ...]
    empty: Empty


def page(scan: ScanResult) -> Page:
    """Put a scan into words."""
    findings = facts.ordered(scan)
    reasons = tuple(item for item in scan.decision.reasons if item.kind is not ReasonKind.NOTE)
    not_covered = tuple(_not_covered(scan))
    blocking = facts.blocking(scan)
    return Page(
        project=one_line(scan.project),
        version=visible(scan.version),
        started=scan.started.strftime("%Y-%m-%d %H:%M UTC"),
        started_iso=scan.started.isoformat(timespec="seconds"),
        took=_duration((scan.ended - scan.started).total_seconds()),
        commit=visible(scan.commit[:12]),
        policy=_policy(scan),
        verdict=scan.decision.verdict.value,
        sentence=clipped(one_line(facts.headline(scan)), 600),
        tiles=tuple(
            Tile(severity=level.label, count=count)
            for level, count in facts.severity_counts(scan).items()
        ),
        suppressed=facts.status_counts(scan)[Status.SUPPRESSED],
        reasons=()
        if _told(reasons, blocking)
        else tuple(
            Why(
                kind=item.kind.value,
                text=clipped(one_line(item.text), CELL),
                link=visible(item.subject) if item.subject in blocking else "",
            )
            for item in _spread(reasons)
        ),
        more_reasons=max(len(reasons) - MAX_REASONS, 0),
        engines=tuple(_engine(row) for row in facts.coverage(scan)),
        not_covered=not_covered[:MAX_GAPS],
        more_not_covered=max(len(not_covered) - MAX_GAPS, 0),
        plan_notes=tuple(
            clipped(one_line(note), CELL)
            for note in (
                *facts.explained(scan),
                *facts.notes(scan),
                *_first(facts.fixed(scan), MAX_FIXED),
            )
        ),
        attacks=ways(scan),
        more_attacks=max(len(scan.attacks.paths) - MAX_ATTACKS, 0),
        picture=picture(scan),
        boards=boards(scan),
        surface=surface(scan, Operations(scan)),
        trend=trend(scan),
        rows=tuple(
            _row(place, item, scan, blocks=item.group.fingerprint in blocking)
            for place, item in enumerate(findings[:STEP])
        ),
        total=len(findings),
        step=STEP,
        past=_past(scan),
        severities=_severities(findings),
        facets=_facets(findings, scan),
        empty=_empty(scan),
    )


def _first(lines: tuple[str, ...], most: int) -> tuple[str, ...]:
    more = len(lines) - most
    return (*lines[:most], f"and {more:,} more, all in result.json") if more > 0 else lines


def _told(reasons: tuple[Reason, ...], blocking: frozenset[str]) -> bool:
    """Whether the sentence under the verdict has said it all."""
    return len(reasons) == 1 and reasons[0].subject not in blocking


def _spread(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """The first few, with room for both kinds where there are many of each."""
    uncertain = [item for item in reasons if item.kind is ReasonKind.UNCERTAIN]
    kept = MAX_REASONS - min(len(uncertain), MAX_REASONS // 3)
    shown = [item for item in reasons if item.kind is ReasonKind.BLOCKING][:kept]
    return (*shown, *uncertain)[:MAX_REASONS]


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def _policy(scan: ScanResult) -> str:
    policy = scan.policy
    parts = [f"fails on {policy.fail_on.label} and above"]
    if policy.required:
        parts.append(f"requires {', '.join(map(one_line, policy.required))}")
    if policy.allow_missing:
        parts.append(f"may lack {', '.join(map(one_line, policy.allow_missing))}")
    if policy.allow_gaps:
        parts.append("accepts gaps")
    if policy.block_known:
        parts.append("known findings count too")
    if policy.observe:
        parts.append("observes, blocks nothing")
    if policy.name:
        parts.insert(0, f"policy {one_line(policy.name)}")
    return "; ".join(parts)


def _engine(row: facts.Coverage) -> EngineRow:
    answered = row.state in (facts.COMPLETED, facts.PARTIAL)
    return EngineRow(
        engine=one_line(row.engine),
        stage=row.stage.value,
        state=row.state,
        key=row.state.replace(" ", "-"),
        reason=clipped(one_line(row.reason), CELL),
        version=clipped(one_line(row.version), VERSION),
        saw=row.saw,
        rules=f"{row.rules:,}" if answered else "",
        findings=f"{row.findings:,}" if answered else "",
        gaps=f"{len(row.gaps):,}" if row.gaps else "",
        requests=f"{row.requests:,}" if row.requests else "",
        seconds="" if row.seconds is None else f"{row.seconds:.1f}",
        notes=tuple(clipped(one_line(note), CELL) for note in row.notes),
    )


def _not_covered(scan: ScanResult) -> Iterable[NotCovered]:
    for row in facts.coverage(scan):
        if row.state not in (facts.COMPLETED, facts.PARTIAL):
            yield NotCovered(
                subject=one_line(f"{row.stage.value} by {row.engine}"),
                reason=clipped(one_line(row.reason), CELL),
                by=row.state,
            )
        for gap in row.gaps:
            yield _gap(gap.subject, gap.reason, row.engine)
    for gap in scan.plan.excluded:
        yield _gap(gap.subject, gap.reason, "excluded")


def _gap(subject: str, reason: str, by: str) -> NotCovered:
    return NotCovered(
        subject=clipped(one_line(subject), CELL),
        reason=clipped(one_line(reason), CELL),
        by=one_line(by),
    )


def _past(scan: ScanResult) -> tuple[tuple[str, int], ...]:
    """What became of the baseline, in words and numbers; empty where there was none."""
    if scan.comparison is None:
        return ()
    counts = facts.status_counts(scan)
    return (
        ("new", counts[Status.NEW]),
        ("known", counts[Status.KNOWN]),
        ("fixed", len(scan.comparison.fixed)),
        ("not looked for", len(scan.comparison.unjudged)),
    )


def _row(place: int, item: Triaged, scan: ScanResult, *, blocks: bool) -> Row:
    lead = item.group.lead
    return Row(
        place=place,
        fingerprint=visible(item.group.fingerprint),
        severity=item.group.severity.label,
        confidence=item.group.confidence.label,
        status=item.status.value,
        stage=lead.stage.value,
        engines=tuple(map(one_line, item.group.engines)),
        message=clipped(one_line(lead.message or scan.catalogue[lead.rule_id].title), CELL),
        where=clipped(one_line(str(lead.location)), CELL),
        rule_id=one_line(lead.rule_id),
        blocks=blocks,
    )


def _severities(findings: tuple[Triaged, ...]) -> tuple[Tile, ...]:
    """What can be filtered for: other than the tiles on top this counts suppressed ones too."""
    seen = Counter(item.group.severity.label for item in findings)
    levels = sorted(Severity, reverse=True)
    return tuple(Tile(severity=level.label, count=seen[level.label]) for level in levels)


def _facets(findings: tuple[Triaged, ...], scan: ScanResult) -> tuple[Facet, ...]:
    def facet(name: str, values: Iterable[str]) -> Facet:
        return Facet(name=name, title=name.capitalize(), options=_options(values))

    return (
        facet("stage", (item.group.lead.stage.value for item in findings)),
        facet("status", (item.status.value for item in findings)),
        facet("engine", (one_line(name) for item in findings for name in item.group.engines)),
        facet("confidence", (item.group.confidence.label for item in findings)),
        facet("category", (visible(name) for item in findings for name in categories(item, scan))),
    )


def _options(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Values with their counts; of names with a number in them `API10` comes after `API9`."""
    return tuple(sorted(Counter(values).items(), key=lambda one: _natural(one[0])))


def _natural(text: str) -> tuple[str, int, str]:
    match = re.match(r"(\D*)(\d*)", text)
    return (match[1], int(match[2] or 0), text) if match else (text, 0, text)


def _empty(scan: ScanResult) -> Empty:
    if facts.nothing_scanned(scan):
        return Empty(
            title="Nothing was scanned",
            text="No engine had anything to look at, so the absence of findings says nothing. "
            "The coverage table names what each engine was missing.",
            tone="unsure",
        )
    looked = f"{facts.looked_at(scan)[:1].upper()}{facts.looked_at(scan)[1:]}"
    if scan.decision.verdict is GateVerdict.PASSED:
        return Empty(title="No findings", text=f"{looked}.", tone="good")
    return Empty(
        title="No findings in what was looked at",
        text=f"{looked}, but that is not all that should have been seen.",
        tone="unsure",
    )
