"""Decides from facts what holds and what does not. Pure: no manager, no endpoint, no clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scanner.engines.rotation.rules import (
    CURRENT_REFUSED,
    INTERVAL_TOO_LONG,
    KEY_TOO_OLD,
    MADE_UP_ACCEPTED,
    PREVIOUS_ACCEPTED,
    ROTATION_DISABLED,
    SEVERAL_CURRENT,
    STALE_PENDING,
    WITHOUT_CHANGE,
)
from scanner.model.evidence import Exchange
from scanner.model.outcome import Verdict
from scanner.model.rule import Rule
from scanner.model.values import Value
from scanner.rotation.model import Observation, short
from scanner.rotation.ports import Answer, History, Schedule


class Limits(Value, kw_only=True):
    """What the policy allows."""

    max_age: timedelta
    pending_max: timedelta
    grace: timedelta


class Kept(Value, kw_only=True):
    """What the manager says. `history` is None where no one version is current."""

    seen: Observation
    schedule: Schedule
    history: History | None
    now: datetime


class Judged(Value, kw_only=True):
    """One rule's verdict. `why` says what is wrong, or why there is no answer.

    `facts` are what the manager said, `exchanges` and `controls` what the endpoint did.
    """

    rule: Rule
    verdict: Verdict
    why: str = ""
    facts: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    controls: tuple[Exchange, ...] = ()


def judge_manager(kept: Kept, limits: Limits) -> tuple[Judged, ...]:
    """Everything that the manager's own words decide."""
    return (
        *_schedule(kept, limits),
        _currents(kept),
        _pending(kept, limits),
        *_history(kept, limits),
    )


def _schedule(kept: Kept, limits: Limits) -> Iterator[Judged]:
    schedule = kept.schedule
    if schedule.enabled is None:
        for rule in (ROTATION_DISABLED, INTERVAL_TOO_LONG):
            why = "this manager rotates nothing by itself; the key's age is what counts"
            yield Judged(rule=rule, verdict=Verdict.NOT_APPLICABLE, why=why)
        return
    yield _held_unless(
        ROTATION_DISABLED,
        "" if schedule.enabled else "The manager has no working rotation for this key",
        schedule.told,
    )
    if not schedule.enabled or not schedule.days:
        why = "no rotation" if not schedule.enabled else "the schedule names no fixed interval"
        yield Judged(rule=INTERVAL_TOO_LONG, verdict=Verdict.NOT_APPLICABLE, why=why)
        return
    days = limits.max_age / timedelta(days=1)
    wrong = f"The key is rotated every {schedule.days:g} days; the policy allows {days:g}"
    yield _held_unless(INTERVAL_TOO_LONG, wrong if schedule.days > days else "", schedule.told)


def _currents(kept: Kept) -> Judged:
    current = kept.seen.current
    wrong = f"{len(current) or 'No'} versions of the key are current" if len(current) != 1 else ""
    facts = tuple(f"current: {short(one.id)}" for one in current)
    return _held_unless(SEVERAL_CURRENT, wrong, facts)


def _pending(kept: Kept, limits: Limits) -> Judged:
    """A mark that was left on the version that was promoted is no rotation in progress."""
    current = {one.id for one in kept.seen.current}
    stale = [
        one
        for one in kept.seen.pending
        if one.id not in current and kept.now - one.created > limits.pending_max
    ]
    facts = tuple(
        f"pending: {short(one.id)}, made {one.created:%Y-%m-%d %H:%M} UTC" for one in stale
    )
    wrong = f"A key has been pending for {_span(kept.now - stale[0].created)}" if stale else ""
    return _held_unless(STALE_PENDING, wrong, facts)


def _history(kept: Kept, limits: Limits) -> Iterator[Judged]:
    history = kept.history
    if history is None:
        for rule in (KEY_TOO_OLD, WITHOUT_CHANGE):
            yield Judged(
                rule=rule, verdict=Verdict.INCONCLUSIVE, why="there is not one current version"
            )
        return
    age = kept.now - history.since
    facts = (
        f"the value is the same since {history.since:%Y-%m-%d %H:%M} UTC",
        f"its newest version was made {history.made:%Y-%m-%d %H:%M} UTC",
        *kept.schedule.told,
    )
    wrong = f"The current key is {_span(age)} old; the policy allows {_span(limits.max_age)}"
    if history.at_least and age <= limits.max_age:
        why = f"the key is at least {_span(age)} old; the versions before are not to be read"
        yield Judged(rule=KEY_TOO_OLD, verdict=Verdict.INCONCLUSIVE, why=why)
    else:
        yield _held_unless(KEY_TOO_OLD, wrong if age > limits.max_age else "", facts)
    again = f"The current version holds the same key as {history.copies} before it"
    yield _held_unless(WITHOUT_CHANGE, again if history.copies else "", facts)


def judge_made_up(answer: Answer, current: Answer | None, door: str) -> Judged:
    """A key that never existed must be refused, by a door that opens to the current one."""
    return _by_answer(
        MADE_UP_ACCEPTED,
        answer,
        wrong=answer.accepted,
        held=answer.refused and _opens(current),
        told=f"{door} accepts a made-up key",
    )


def judge_current(answer: Answer, made_up: Answer, door: str) -> Judged:
    """The current key must be accepted."""
    return _by_answer(
        CURRENT_REFUSED,
        answer,
        wrong=answer.refused,
        held=answer.accepted and made_up.refused,
        told=f"{door} refuses the key that the manager holds as current",
    )


def judge_previous(
    answer: Answer, made_up: Answer, current: Answer | None, door: str, since: datetime
) -> Judged:
    """The previous key must be refused, since its grace was over at `since`.

    By a door that opens to the current one: one that is shut to all says nothing of this key.
    """
    return _by_answer(
        PREVIOUS_ACCEPTED,
        answer,
        wrong=answer.accepted and made_up.refused,
        held=answer.refused and _opens(current),
        told=f"{door} accepts the previous key, whose grace was over {since:%Y-%m-%d %H:%M} UTC",
        controls=(made_up,),
    )


def _by_answer(
    rule: Rule,
    answer: Answer,
    *,
    wrong: bool,
    held: bool,
    told: str,
    controls: tuple[Answer, ...] = (),
) -> Judged:
    shown = (answer.exchange,) if answer.exchange else ()
    differing = tuple(one.exchange for one in controls if one.exchange)
    if wrong:
        return Judged(
            rule=rule,
            verdict=Verdict.VULNERABLE,
            why=told,
            exchanges=shown,
            controls=differing,
        )
    if held:
        return Judged(rule=rule, verdict=Verdict.HELD)
    why = f"the endpoint said: {answer}"
    if answer.refused:
        why = "the endpoint refuses this key, and was not seen to accept any"
    return Judged(rule=rule, verdict=Verdict.INCONCLUSIVE, why=why)


def _opens(current: Answer | None) -> bool:
    return current is not None and current.accepted


def _held_unless(rule: Rule, wrong: str, facts: tuple[str, ...]) -> Judged:
    verdict = Verdict.VULNERABLE if wrong else Verdict.HELD
    return Judged(rule=rule, verdict=verdict, why=wrong, facts=facts)


def _span(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours"
