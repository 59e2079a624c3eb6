"""What several reports say about a scan, derived in one place. Decides nothing."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from scanner.model.decision import GateVerdict, Reason, ReasonKind, Status, Triaged
from scanner.model.evidence import CodeSnippet
from scanner.model.finding import Finding, location_order
from scanner.model.history import KnownWeakness
from scanner.model.location import CodeLocation, ResourceLocation
from scanner.model.outcome import Completed, EngineRun, Failed, Gap, Partial
from scanner.model.plan import DynamicTask, LeftOut, StaticTask, Task
from scanner.model.rule import Rule, RuleId
from scanner.model.scan import ScanResult
from scanner.model.severity import Severity, Stage
from scanner.model.values import Value
from scanner.reporters._text import plural

COMPLETED: Final = "completed"
PARTIAL: Final = "partial"
FAILED: Final = "failed"
LEFT_OUT: Final = "left out"
NOT_RUN: Final = "not run"
_SUBJECTS = 3


class Job(Value, kw_only=True):
    """What one engine was given and how it went; one of the two may be missing."""

    engine: str
    stage: Stage
    task: Task | None
    run: EngineRun | None


class Coverage(Value, kw_only=True):
    """One engine's line in a coverage table.

    `seen` counts what it says it looked at, `planned` what it was given (unknown for an endpoint,
    whose operations are only met during the run), both in `unit`s. `seconds` is wall time.
    """

    engine: str
    stage: Stage
    state: str
    reason: str = ""
    version: str = ""
    unit: str = "file"
    seen: int = 0
    planned: int | None = None
    rules: int = 0
    findings: int = 0
    requests: int = 0
    seconds: float | None = None
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def looked(self) -> bool:
        """Whether it gave an answer about at least one target."""
        return self.state in (COMPLETED, PARTIAL) and self.seen > 0

    @property
    def saw(self) -> str:
        """`12 of 14 files`, `9 operations`, or nothing where no answer was given."""
        if self.state not in (COMPLETED, PARTIAL):
            return ""
        if self.planned is not None and self.planned != self.seen:
            return f"{self.seen:,} of {plural(self.planned, self.unit)}"
        return plural(self.seen, self.unit)


def jobs(scan: ScanResult) -> Iterator[Job]:
    """Each task with its run, in the order of the plan; then the runs that had no task."""
    waiting: dict[str, deque[EngineRun]] = {}
    for run in scan.runs:
        waiting.setdefault(run.engine, deque()).append(run)
    for task in scan.plan.tasks:
        queue = waiting.get(task.engine)
        own = queue.popleft() if queue else None
        yield Job(engine=task.engine, stage=task.stage, task=task, run=own)
    for queue in waiting.values():
        for run in queue:
            yield Job(engine=run.engine, stage=run.stage, task=None, run=run)


def coverage(scan: ScanResult) -> tuple[Coverage, ...]:
    """Every engine of the plan, those that were left out last."""
    return tuple(map(_covered, jobs(scan))) + tuple(
        _left_out(entry) for entry in scan.plan.left_out
    )


def ordered(scan: ScanResult) -> tuple[Triaged, ...]:
    """All findings, the worst first and suppressed ones last; a total order."""
    return tuple(
        sorted(
            scan.findings,
            key=lambda item: (
                item.status is Status.SUPPRESSED,
                -item.group.severity,
                -item.group.confidence,
                item.group.lead.rule_id,
                location_order(item.group.lead.location),
                item.group.fingerprint,
            ),
        )
    )


def blocking(scan: ScanResult) -> frozenset[str]:
    """The fingerprints of the findings that the gate named as blocking."""
    known = {str(item.group.fingerprint) for item in scan.findings}
    return frozenset(
        reason.subject
        for reason in scan.decision.reasons
        if reason.kind is ReasonKind.BLOCKING and reason.subject in known
    )


def severity_counts(scan: ScanResult) -> dict[Severity, int]:
    """How many findings stand at each severity, the worst first; suppressed ones are left out."""
    seen = Counter(
        item.group.severity for item in scan.findings if item.status is not Status.SUPPRESSED
    )
    return {level: seen[level] for level in sorted(Severity, reverse=True)}


def status_counts(scan: ScanResult) -> dict[Status, int]:
    """How many findings are new, known and suppressed."""
    seen = Counter(item.status for item in scan.findings)
    return {status: seen[status] for status in Status}


def used_rules(scan: ScanResult) -> dict[RuleId, Rule]:
    """The rules that ran, were tried on an operation or fired, by id, sorted by it."""
    ids = {finding.rule_id for item in scan.findings for finding in item.group.findings}
    for run in scan.runs:
        if isinstance(run.outcome, Completed):
            ids.update(rule.id for rule in run.outcome.rules)
            ids.update(item.rule_id for item in run.outcome.assessments)
    return {
        rule_id: scan.catalogue[rule_id] for rule_id in sorted(ids) if rule_id in scan.catalogue
    }


def explained(scan: ScanResult) -> tuple[str, ...]:
    """Which clause of the policy decided, over what, and what would make it pass."""
    by_clause: dict[tuple[str, str], list[Reason]] = {}
    for reason in scan.decision.reasons:
        if reason.kind is not ReasonKind.NOTE and reason.clause:
            # A finding's mend names it; of several of them the first stands for all.
            key = "" if reason.kind is ReasonKind.BLOCKING else reason.mend
            by_clause.setdefault((reason.clause, key), []).append(reason)
    of = f" of policy {scan.policy.name}" if scan.policy.name else ""
    return tuple(
        f"{clause}{of}: {_subjects(reasons)}. To pass: {reasons[0].mend}."
        for (clause, _), reasons in by_clause.items()
    )


def _subjects(reasons: list[Reason]) -> str:
    names = tuple(dict.fromkeys(reason.subject for reason in reasons))
    more = f" and {len(names) - _SUBJECTS} more" if len(names) > _SUBJECTS else ""
    return f"{', '.join(names[:_SUBJECTS])}{more}"


def attacked(scan: ScanResult) -> dict[str, list[tuple[str, str]]]:
    """What the stages say together of each finding, by fingerprint: a text and a note."""
    told: dict[str, list[tuple[str, str]]] = {}
    for path in scan.attacks.paths:
        for part in path.parts:
            note = f"{part.role.value} of an attack path ({path.severity.label})"
            told.setdefault(part.fingerprint, []).append((path.operation, note))
    for one in scan.attacks.held:
        note = f"attacked for it without success ({', '.join(one.rules)})"
        told.setdefault(one.fingerprint, []).append((one.operation, note))
    return told


def compared(scan: ScanResult) -> str:
    """The scan against its baseline in one sentence; empty where there was none."""
    past = scan.comparison
    if past is None:
        return ""
    counts = status_counts(scan)
    at = f" at {past.commit[:12]}" if past.commit else ""
    unjudged = f", {len(past.unjudged):,} not looked for" if past.unjudged else ""
    return (
        f"Compared with {past.source}{at}: {counts[Status.NEW]:,} new, "
        f"{counts[Status.KNOWN]:,} known, {len(past.fixed):,} fixed{unjudged}."
    )


def fixed(scan: ScanResult) -> tuple[str, ...]:
    """Each weakness of the baseline that is gone or was not looked for, in one line."""
    past = scan.comparison
    if past is None:
        return ()
    return (
        *(f"fixed: {known.severity.label}: {_known(known)}" for known in past.fixed),
        *(f"not looked for: {known.severity.label}: {_known(known)}" for known in past.unjudged),
    )


def _known(known: KnownWeakness) -> str:
    return f"{known.rule_id} at {known.place}: {known.message}"


def notes(scan: ScanResult) -> tuple[str, ...]:
    """What the reader must know beside the reasons: what the policy accepted, what was ignored.

    Engines that were left out are told by `coverage`.
    """
    left_out = {out.engine for out in scan.plan.left_out}
    accepted = tuple(
        reason.text
        for reason in scan.decision.reasons
        if reason.kind is ReasonKind.NOTE and reason.subject not in left_out
    )
    past = scan.comparison
    told = past.notes if past else ()
    return (*filter(None, (compared(scan),)), *told, *accepted, *scan.plan.notes)


def headline(scan: ScanResult) -> str:
    """Why the verdict is what it is, in one sentence."""
    blocked = len(blocking(scan))
    bar = scan.policy.fail_on.label
    uncertain = [r.text for r in scan.decision.reasons if r.kind is ReasonKind.UNCERTAIN]
    match scan.decision.verdict:
        case GateVerdict.FAILED if blocked:
            return f"{plural(blocked, 'finding')} at or above {bar} {_verb(blocked)} the gate."
        case GateVerdict.FAILED:
            texts = [r.text for r in scan.decision.reasons if r.kind is ReasonKind.BLOCKING]
            return _sentence(texts, "The gate was failed without a reason.")
        case GateVerdict.INCONCLUSIVE:
            return _sentence(uncertain, "What was looked at is not enough for a verdict.")
        case GateVerdict.PASSED:
            return f"{_nothing_blocks(scan)}; {looked_at(scan)}."


def _nothing_blocks(scan: ScanResult) -> str:
    """What a pass means, where findings at or above the bar are known, waived or only watched."""
    bar = scan.policy.fail_on
    over = Counter(item.status for item in scan.findings if item.group.severity >= bar)
    if scan.policy.observe and over[Status.NEW] + over[Status.KNOWN]:
        count = plural(over[Status.NEW] + over[Status.KNOWN], "finding")
        return f"The policy only observes: {count} at or above {bar.label} would have blocked"
    if not over:
        return f"No finding at or above {bar.label}"
    rest = ", ".join(f"{over[s]:,} {s.value}" for s in Status if over[s])
    return f"No new finding at or above {bar.label} ({rest})"


def looked_at(scan: ScanResult) -> str:
    """`3 engines looked at 14 files and 9 operations`, or that nothing was scanned."""
    rows = [row for row in coverage(scan) if row.looked]
    if not rows:
        return "nothing was scanned"
    sights = " and ".join(plural(count, unit) for unit, count in _sights(scan) if count)
    return f"{plural(len(rows), 'engine')} looked at {sights}"


def nothing_scanned(scan: ScanResult) -> bool:
    """Whether no engine looked at anything, so that the absence of findings means nothing."""
    return not any(row.looked for row in coverage(scan))


def _sights(scan: ScanResult) -> tuple[tuple[str, int], ...]:
    seen: dict[str, set[str]] = {"file": set(), "operation": set()}
    for job in jobs(scan):
        if job.run is not None and isinstance(job.run.outcome, Completed):
            seen[_unit(job)].update(job.run.outcome.targets)
    return tuple((unit, len(targets)) for unit, targets in seen.items())


def _verb(count: int) -> str:
    return "blocks" if count == 1 else "block"


def _sentence(texts: list[str], otherwise: str) -> str:
    if not texts:
        return otherwise
    first = texts[0].rstrip(".")
    more = len(texts) - 1
    return f"{first}, and {plural(more, 'further reason')}." if more else f"{first}."


def _unit(job: Job) -> str:
    dynamic = isinstance(job.task, DynamicTask) or (job.task is None and job.stage is Stage.DAST)
    return "operation" if dynamic else "file"


def _covered(job: Job) -> Coverage:
    task = job.task if isinstance(job.task, StaticTask) else None
    planned = Coverage(
        engine=job.engine,
        stage=job.stage,
        state=NOT_RUN,
        unit=_unit(job),
        planned=None if task is None else len(task.files),
        gaps=() if task is None else task.gaps,
        notes=() if task is None else task.notes,
    )
    return planned if job.run is None else _ended(planned, job.run)


def _ended(planned: Coverage, run: EngineRun) -> Coverage:
    outcome = run.outcome
    match outcome:
        case Completed():
            gaps = outcome.gaps if isinstance(outcome, Partial) else ()
            return replace(
                planned,
                state=PARTIAL if isinstance(outcome, Partial) else COMPLETED,
                version=outcome.tool_version,
                seen=len(outcome.targets),
                rules=len(outcome.rules),
                findings=len(outcome.findings),
                requests=outcome.requests,
                seconds=run.seconds,
                gaps=tuple(dict.fromkeys((*gaps, *planned.gaps))),
                notes=tuple(dict.fromkeys((*outcome.notes, *planned.notes))),
            )
        case Failed(reason=reason):
            return replace(planned, state=FAILED, reason=reason, seconds=run.seconds)


def _left_out(entry: LeftOut) -> Coverage:
    return Coverage(engine=entry.engine, stage=entry.stage, state=LEFT_OUT, reason=entry.reason)


def flagged_lines(snippet: CodeSnippet, finding: Finding) -> tuple[int, int]:
    """The flagged lines of a snippet; none (`0, 0`) where it shows another place."""
    match finding.location:
        case CodeLocation() as place if place.path == snippet.path:
            return place.shown_lines()
        case ResourceLocation() as place if place.path == snippet.path:
            return place.start_line, max(place.start_line, place.end_line)
        case _:
            return 0, 0
