"""Turns findings and coverage into one verdict. Pure, and it fails closed.

A blocking finding fails the gate. Without one, anything that was not looked at makes it
inconclusive: a failed engine, a gap, a required engine that had no part, or nothing at all.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from scanner.model.attack import AttackPath
from scanner.model.decision import (
    Decision,
    GatePolicy,
    GateVerdict,
    Reason,
    ReasonKind,
    Status,
    Triaged,
)
from scanner.model.finding import Finding
from scanner.model.location import CodeLocation, EndpointLocation, ResourceLocation
from scanner.model.outcome import (
    Completed,
    EngineRun,
    Failed,
    FailureKind,
    Gap,
    Partial,
)
from scanner.model.plan import LeftOut, LeftOutKind, Plan, Shard, StaticTask

if sys.version_info >= (3, 11):
    from typing import assert_never
else:
    from typing_extensions import assert_never

_NAMED = 3


def decide(
    findings: Iterable[Triaged],
    runs: Iterable[EngineRun],
    plan: Plan,
    policy: GatePolicy,
    notes: Iterable[Reason] = (),
    paths: Iterable[AttackPath] = (),
) -> Decision:
    """The verdict with every reason: blocking ones first, then uncertain ones, then notes.

    `notes` are those that triage gave; a note about a finding that blocks is told with it.
    """
    findings, runs, notes = tuple(findings), tuple(runs), tuple(notes)
    about = {note.subject: note.text for note in notes}
    blocking = [
        _blocking(entry, policy, about.pop(entry.group.fingerprint, ""))
        for entry in findings
        if blocks(entry, policy)
    ]
    blocking += _raised(findings, paths, {reason.subject for reason in blocking}, policy)
    coverage = [reason for run in runs for reason in _coverage(run, policy)]
    coverage += [
        _note(out.engine, f"{out.engine} was left out: {out.reason}")
        for out in plan.left_out
        if out.kind not in (LeftOutKind.NOTHING_TO_SCAN, LeftOutKind.OTHER_SHARD)
    ]
    coverage += _unmet(runs, plan.left_out, policy)
    coverage += _unmerged(plan.shard) if plan.shard else []
    if all(run.engine in _only_text(plan) and not isinstance(run.outcome, Failed) for run in runs):
        coverage.append(_nothing(plan))
    uncertain = [reason for reason in coverage if reason.kind is ReasonKind.UNCERTAIN]
    told = [reason for reason in coverage if reason.kind is ReasonKind.NOTE]
    named = {one.subject for one in blocking}
    told += [note for note in notes if note.subject not in named]
    if policy.observe and blocking:
        told = [_note(one.subject, f"would block: {one.text}") for one in blocking] + told
        blocking = []
    if blocking:
        verdict = GateVerdict.FAILED
    elif uncertain:
        verdict = GateVerdict.INCONCLUSIVE
    else:
        verdict = GateVerdict.PASSED
    return Decision(verdict=verdict, reasons=(*blocking, *uncertain, *told))


def blocks(entry: Triaged, policy: GatePolicy) -> bool:
    """Whether a finding stands against passing."""
    counted = entry.status is Status.NEW or (entry.status is Status.KNOWN and policy.block_known)
    return counted and entry.group.severity >= policy.fail_on


def _raised(
    findings: tuple[Triaged, ...],
    paths: Iterable[AttackPath],
    blocked: set[str],
    policy: GatePolicy,
) -> list[Reason]:
    """Attack paths that are worse than each of their parts, so that none of these blocks."""
    status = {entry.group.fingerprint: entry.status for entry in findings}
    counted = {Status.NEW, Status.KNOWN} if policy.block_known else {Status.NEW}
    return [
        Reason(
            kind=ReasonKind.BLOCKING,
            subject=path.name,
            text=f"{path.severity.label}: attack path on {path.operation}: weak code, a live proof "
            "and public exposure meet",
            clause=f'fail_on = "{policy.fail_on.label}"',
            mend=f"mend {path.fix}" if path.fix else "mend one of its parts",
        )
        for path in paths
        if path.severity >= policy.fail_on
        and not any(part.fingerprint in blocked for part in path.parts)
        and any(status.get(part.fingerprint) in counted for part in path.parts)
    ]


def _blocking(entry: Triaged, policy: GatePolicy, note: str) -> Reason:
    text = f"{entry.group.severity.label}: {_finding_told(entry.group.lead)}"
    known = entry.status is Status.KNOWN
    waivable = policy.waiver_severity is not None and entry.group.severity <= policy.waiver_severity
    mend = "mend it"
    if waivable:
        mend += f", or waive it: servegate waive {entry.group.fingerprint}"
    return Reason(
        kind=ReasonKind.BLOCKING,
        subject=entry.group.fingerprint,
        text=f"{text} ({note})" if note else text,
        clause="block_known = true" if known else f'fail_on = "{policy.fail_on.label}"',
        mend=mend,
    )


def _only_text(plan: Plan) -> frozenset[str]:
    """Engines that were given no more than prose and settings: to search a README is no scan."""
    return frozenset(
        task.engine for task in plan.tasks if isinstance(task, StaticTask) and task.only_text
    )


def _nothing(plan: Plan) -> Reason:
    """What it means that no engine ran, or none on more than text."""
    if any(out.kind is LeftOutKind.UNCHANGED for out in plan.left_out):
        return _note("scan", f"nothing that an engine reads changed since {plan.limited}")
    text = "nothing was scanned: no engine had anything to look at"
    return Reason(
        kind=ReasonKind.UNCERTAIN,
        subject="scan",
        text=text,
        clause="something must be looked at",
        mend="name a folder with code, infrastructure or an endpoint",
    )


def _finding_told(finding: Finding) -> str:
    """The message, with the place unless it names that itself."""
    match finding.location:
        case CodeLocation() as place:
            return f"{finding.message} ({place})"
        case ResourceLocation() as place:
            return f"{finding.message} ({place.path}:{place.start_line})"
        case EndpointLocation() as place:
            operation = f"{place.method} {place.path}"
            return (
                finding.message if operation in finding.message else f"{finding.message} ({place})"
            )


def _coverage(run: EngineRun, policy: GatePolicy) -> list[Reason]:
    """What a run leaves open."""
    outcome = run.outcome
    match outcome:
        case Failed():
            text = f"{run.engine} gave no answer: {outcome.reason}"
            excused = outcome.kind is FailureKind.MISSING and run.engine in policy.allow_missing
            if excused:
                return [_note(run.engine, f"{text} (accepted by allow_missing)")]
            mend = "get the engine to run; servegate doctor says how"
            if outcome.kind is FailureKind.MISSING:
                mend += ", or name it in gate.allow_missing"
            return [_uncertain(run.engine, text, "every engine answers", mend)]
        case Partial():
            text = f"{run.engine} did not look at {_listed(outcome.gaps)}"
            if policy.allow_gaps:
                return [_note(run.engine, f"{text} (accepted by allow_gaps)")]
            mend = "mend or exclude what could not be read, or set gate.allow_gaps"
            return [_uncertain(run.engine, text, "allow_gaps = false", mend)]
        case Completed():
            return []
        case _:
            assert_never(outcome)


def _unmet(
    runs: tuple[EngineRun, ...], left_out: tuple[LeftOut, ...], policy: GatePolicy
) -> list[Reason]:
    """Engines or stages that the policy requires and that had no part in the scan."""
    took_part = {word for run in runs for word in (run.engine, run.stage.value)}
    unchanged = {
        word
        for out in left_out
        if out.kind in (LeftOutKind.UNCHANGED, LeftOutKind.OTHER_SHARD)
        for word in (out.stage.value, out.engine)
    }
    reasons = {word: out.reason for out in left_out for word in (out.stage.value, out.engine)}
    return [
        _uncertain(
            word,
            f"{word} is required by the policy: {reasons.get(word, 'unknown name')}",
            f'required = ["{word}"]',
            f"let {word} take part, or take it out of gate.required",
        )
        for word in policy.required
        if word not in took_part and word not in unchanged
    ]


def _unmerged(shard: Shard) -> list[Reason]:
    """What a part of a scan leaves open: nothing can make it pass."""
    clause, mend = "the whole is judged", "give servegate merge the results of all shards"
    missing = shard.missing()
    texts = list(shard.faults)
    if len(shard.parts) == 1 and not texts:
        texts.append(f"this is shard {shard.parts[0]} of {shard.count}; servegate merge judges all")
    elif missing:
        named = ", ".join(map(str, missing[:_NAMED]))
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        texts.insert(0, f"of {shard.count} shards these are missing: {named}{more}")
    return [_uncertain("shards", text, clause, mend) for text in texts]


def _listed(gaps: tuple[Gap, ...]) -> str:
    """The first gaps by name, with the reason where there is room for it."""
    unique = tuple(dict.fromkeys(gap.subject for gap in gaps))
    if len(unique) == 1:
        return f"{gaps[0].subject}: {gaps[0].reason}"
    shown = ", ".join(unique[:_NAMED])
    more = len(unique) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _uncertain(subject: str, text: str, clause: str, mend: str) -> Reason:
    return Reason(kind=ReasonKind.UNCERTAIN, subject=subject, text=text, clause=clause, mend=mend)


def _note(subject: str, text: str) -> Reason:
    return Reason(kind=ReasonKind.NOTE, subject=subject, text=text)
