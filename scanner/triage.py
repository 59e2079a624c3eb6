"""Marks each group: new, known or suppressed. Deletes none. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from scanner.baseline import compare, match
from scanner.model.decision import (
    GatePolicy,
    Group,
    Reason,
    ReasonKind,
    Status,
    Triaged,
)
from scanner.model.finding import InlineSuppression
from scanner.model.history import Comparison, Past, Waiver
from scanner.model.outcome import EngineRun
from scanner.model.values import Value
from scanner.waivers import Waivers, refusal


class Triage(Value, kw_only=True):
    """Groups with their status, what became of the baseline, and what is to say of waivers."""

    findings: tuple[Triaged, ...]
    comparison: Comparison | None
    notes: tuple[Reason, ...]


def triage(groups: Iterable[Group], policy: GatePolicy) -> tuple[Triaged, ...]:
    """Give every group its status where nothing was known or waived before."""
    return tuple(_judge(group, policy) for group in groups)


def triage_all(
    groups: Iterable[Group], policy: GatePolicy, past: Past, runs: Iterable[EngineRun] = ()
) -> Triage:
    """Give every group its status, in the given order.

    A waiver is stronger than a comment in the source, and both than the baseline: what is accepted
    by somebody stays visible as that. What is wrong with a waiver makes it powerless, and is told.
    """
    groups = tuple(groups)
    matched = match(groups, past.baseline) if past.baseline else {}
    waivers = Waivers(past.waivers)
    used: set[Waiver] = set()
    notes: dict[str, str] = {}
    findings: list[Triaged] = []
    for group in groups:
        covering = waivers.covering(group)
        used.update(covering)
        waiver = _waiver_of(group, covering, policy, past.today, notes)
        entry = _judge(group, policy)
        if waiver:
            entry = Triaged(
                group=group, status=Status.SUPPRESSED, reason=_accepted(waiver), waiver=waiver
            )
        elif entry.status is Status.NEW and group.fingerprint in matched:
            entry = Triaged(group=group, status=Status.KNOWN)
        findings.append(entry)
    told = [
        Reason(kind=ReasonKind.NOTE, subject=subject, text=text) for subject, text in notes.items()
    ]
    told += [_unused(waiver, past.today) for waiver in past.waivers if waiver not in used]
    comparison = compare(past.baseline, matched.values(), runs) if past.baseline else None
    return Triage(findings=tuple(findings), comparison=comparison, notes=tuple(told))


def _waiver_of(
    group: Group,
    covering: tuple[Waiver, ...],
    policy: GatePolicy,
    today: date,
    notes: dict[str, str],
) -> Waiver | None:
    """The waiver that counts for a group; those that cover it and may not count are noted."""
    refused: list[str] = []
    for waiver in covering:
        why = refusal(waiver, group, policy, today)
        if not why:
            return waiver
        refused.append(
            f"{waiver.name} does not cover {group.lead.rule_id} at {_place(group)}: {why}"
        )
    if refused:
        notes[group.fingerprint] = "; ".join(refused)
    return None


def _place(group: Group) -> str:
    return str(group.lead.location)


def _accepted(waiver: Waiver) -> str:
    return f"waived until {waiver.until.isoformat()} by {waiver.owner}: {waiver.reason}"


def _unused(waiver: Waiver, today: date) -> Reason:
    text = f"{waiver.name} is unused: nothing that was found matches it"
    if waiver.until < today:
        text += f", and it expired on {waiver.until.isoformat()}"
    return Reason(kind=ReasonKind.NOTE, subject="waivers", text=text)


def _told(comment: InlineSuppression) -> str:
    """The comment, the reason that it gives, and what is wanting in it."""
    text = comment.comment
    if comment.reason and comment.reason not in text:
        text += f": {comment.reason}"
    if comment.blanket:
        text += " (names no rule)"
    return text if comment.reason else f"{text} (gives no reason)"


def _judge(group: Group, policy: GatePolicy) -> Triaged:
    """A comment silences a group only if each of its findings carries one.

    So a word to one engine does not silence another; a policy may make comments powerless.
    """
    comments = [finding.suppression for finding in group.findings]
    if policy.forbid_inline or not all(comments):
        return Triaged(group=group, status=Status.NEW)
    reasons = [_told(comment) for comment in comments if comment is not None]
    return Triaged(group=group, status=Status.SUPPRESSED, reason="; ".join(dict.fromkeys(reasons)))
