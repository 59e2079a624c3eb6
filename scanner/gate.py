"""Turns findings and coverage into one verdict. Pure, and it fails closed.

A blocking finding fails the gate. Without one, anything that was not looked at makes it
inconclusive: a failed engine, a gap, a required engine that had no part, or nothing at all.
"""

from __future__ import annotations

from collections.abc import Iterable

from typing_extensions import assert_never

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
from scanner.model.plan import LeftOut, LeftOutKind, Plan

_NAMED = 3


def decide(
    findings: Iterable[Triaged], runs: Iterable[EngineRun], plan: Plan, policy: GatePolicy
) -> Decision:
    """The verdict with every reason: blocking ones first, then uncertain ones, then notes."""
    runs = tuple(runs)
    blocking = [
        Reason(
            kind=ReasonKind.BLOCKING,
            subject=entry.group.fingerprint,
            text=f"{entry.group.severity.label}: {_told(entry.group.lead)}",
        )
        for entry in findings
        if entry.status is Status.NEW and entry.group.severity >= policy.fail_on
    ]
    coverage = [reason for run in runs for reason in _coverage(run, policy)]
    coverage += [
        _note(out.engine, f"{out.engine} was left out: {out.reason}")
        for out in plan.left_out
        if out.kind is not LeftOutKind.NOTHING_TO_SCAN
    ]
    coverage += _unmet(runs, plan.left_out, policy)
    if not runs:
        coverage.append(
            _uncertain("scan", "nothing was scanned: no engine had anything to look at")
        )
    uncertain = [reason for reason in coverage if reason.kind is ReasonKind.UNCERTAIN]
    notes = [reason for reason in coverage if reason.kind is ReasonKind.NOTE]
    if blocking:
        verdict = GateVerdict.FAILED
    elif uncertain:
        verdict = GateVerdict.INCONCLUSIVE
    else:
        verdict = GateVerdict.PASSED
    return Decision(verdict=verdict, reasons=(*blocking, *uncertain, *notes))


def _told(finding: Finding) -> str:
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
            return [_uncertain(run.engine, text)]
        case Partial():
            text = f"{run.engine} did not look at {_listed(outcome.gaps)}"
            if policy.allow_gaps:
                return [_note(run.engine, f"{text} (accepted by allow_gaps)")]
            return [_uncertain(run.engine, text)]
        case Completed():
            return []
        case _:
            assert_never(outcome)


def _unmet(
    runs: tuple[EngineRun, ...], left_out: tuple[LeftOut, ...], policy: GatePolicy
) -> list[Reason]:
    """Engines or stages that the policy requires and that had no part in the scan."""
    took_part = {word for run in runs for word in (run.engine, run.stage.value)}
    reasons = {word: out.reason for out in left_out for word in (out.stage.value, out.engine)}
    return [
        _uncertain(word, f"{word} is required by the policy: {reasons.get(word, 'unknown name')}")
        for word in policy.required
        if word not in took_part
    ]


def _listed(gaps: tuple[Gap, ...]) -> str:
    """The first gaps by name, with the reason where there is room for it."""
    unique = tuple(dict.fromkeys(gap.subject for gap in gaps))
    if len(unique) == 1:
        return f"{gaps[0].subject}: {gaps[0].reason}"
    shown = ", ".join(unique[:_NAMED])
    more = len(unique) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def _uncertain(subject: str, text: str) -> Reason:
    return Reason(kind=ReasonKind.UNCERTAIN, subject=subject, text=text)


def _note(subject: str, text: str) -> Reason:
    return Reason(kind=ReasonKind.NOTE, subject=subject, text=text)
