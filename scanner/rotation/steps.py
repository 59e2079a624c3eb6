"""Decides the next step of a rotation from what the manager shows. Pure.

The order: try the current key, create a pending one, try it, promote it, note the promotion, clear
the pending mark, wait out the grace, try the new key again, revoke the old one, see it refused,
close. Every step is decided afresh from what is there, so that a run which ended anywhere is
resumed by running again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from scanner.model.values import Value
from scanner.rotation.model import Observation, Policy, Record, Version, short


class TryKey(Value, kw_only=True):
    """See that the endpoint accepts this version for real, and a made-up key not."""

    version: str
    part: str


class CreatePending(Value, kw_only=True):
    """Make a new value that nothing uses yet."""

    current: str


class Promote(Value, kw_only=True):
    """Make the pending version the current one."""

    pending: str
    current: str


class Note(Value, kw_only=True):
    """Write down when the promotion happened, or that it is over."""

    record: Record


class ClearPending(Value, kw_only=True):
    """Take the pending mark off the version that was promoted."""

    pending: str


class Wait(Value, kw_only=True):
    """Let clients change over."""

    until: datetime


class Revoke(Value, kw_only=True):
    """Take the previous version out of use."""

    previous: str


class SeeRefused(Value, kw_only=True):
    """See that the endpoint no longer takes the previous version."""

    previous: str


class Finished(Value, kw_only=True):
    """Nothing is left to do."""

    why: str


class Blocked(Value, kw_only=True):
    """The manager's state is none that a rotation may go on from."""

    why: str


Step = (
    TryKey
    | CreatePending
    | Promote
    | Note
    | ClearPending
    | Wait
    | Revoke
    | SeeRefused
    | Finished
    | Blocked
)


class Progress(Value, kw_only=True):
    """What this run has seen for itself, and a later one sees anew."""

    accepted: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    closed: bool = False


def next_step(seen: Observation, progress: Progress, policy: Policy, now: datetime) -> Step:
    """The one step that comes next."""
    for part, versions in (("current", seen.current), ("pending", seen.pending)):
        if len(versions) > 1 or (part == "current" and not versions):
            named = ", ".join(short(version.id) for version in versions) or "none"
            return Blocked(
                why=f"one version must be {part}, and there are {len(versions)}: {named}"
            )
    current = seen.current[0]
    pending = seen.pending[0] if seen.pending else None
    record = seen.record if seen.record and seen.record.current == current.id else None
    if pending and pending.id == current.id:
        return _after_promotion(seen, current, record, now)
    if record and not record.closed:
        return _after_grace(seen, record, progress, policy, now)
    if progress.closed:
        return Finished(why=f"{short(current.id)} is current, and no other is valid")
    if pending:
        if pending.id not in progress.accepted:
            return TryKey(version=pending.id, part="pending")
        return Promote(pending=pending.id, current=current.id)
    if now < current.created + policy.not_before:
        return Finished(why=f"{short(current.id)} was made {current.created:%Y-%m-%d %H:%M} UTC")
    if current.id not in progress.accepted:
        return TryKey(version=current.id, part="current")
    return CreatePending(current=current.id)


def _after_promotion(
    seen: Observation, current: Version, record: Record | None, now: datetime
) -> Step:
    """The pending mark still sits on the current version: the run ended right after promoting."""
    if record is None and seen.previous:
        # Later than it was, if anything: the grace is never cut short.
        previous = seen.previous[0].id
        return Note(record=Record(current=current.id, previous=previous, promoted=now))
    return ClearPending(pending=current.id)


def _after_grace(
    seen: Observation, record: Record, progress: Progress, policy: Policy, now: datetime
) -> Step:
    if any(version.id == record.previous for version in seen.previous):
        if now < record.promoted + policy.grace:
            return Wait(until=record.promoted + policy.grace)
        if record.current not in progress.accepted:
            return TryKey(version=record.current, part="new")
        return Revoke(previous=record.previous)
    if record.previous not in progress.refused:
        return SeeRefused(previous=record.previous)
    return Note(record=replace(record, closed=True))


def after(
    seen: Observation, progress: Progress, step: Step, now: datetime, new: str = "new"
) -> tuple[Observation, Progress, datetime]:
    """What there will be once a step is done: the manager's state, our own, and the time."""
    match step:
        case TryKey(version=version):
            return seen, replace(progress, accepted=progress.accepted | {version}), now
        case SeeRefused(previous=version):
            return seen, replace(progress, refused=progress.refused | {version}), now
        case CreatePending():
            return replace(seen, pending=(Version(id=new, created=now),)), progress, now
        case Promote():
            return replace(seen, current=seen.pending, previous=seen.current), progress, now
        case Note(record=record):
            closed = progress.closed or record.closed
            return replace(seen, record=record), replace(progress, closed=closed), now
        case ClearPending():
            return replace(seen, pending=()), progress, now
        case Revoke():
            return replace(seen, previous=()), progress, now
        case Wait(until=until):
            # What was seen before the grace says little of the endpoint after it.
            return seen, replace(progress, accepted=frozenset()), until
        case Finished() | Blocked():
            return seen, progress, now


def foresee(seen: Observation, policy: Policy, now: datetime) -> tuple[Step, ...]:
    """Every step to the end, if each of them goes well: what a dry run shows."""
    progress = Progress()
    steps: list[Step] = []
    while not steps or not isinstance(steps[-1], (Finished, Blocked)):
        steps.append(next_step(seen, progress, policy, now))
        seen, progress, now = after(seen, progress, steps[-1], now)
        now += timedelta(microseconds=1)
    return tuple(steps)


def describe(step: Step) -> str:
    """A step in a few words, without a secret."""
    match step:
        case TryKey(version=version, part=part):
            return f"try the {part} key ({short(version)}) on the endpoint"
        case CreatePending():
            return "create a pending key"
        case Promote(pending=pending, current=current):
            return f"promote {short(pending)}; {short(current)} becomes the previous key"
        case Note(record=record):
            return "close the rotation" if record.closed else "note the time of the promotion"
        case ClearPending(pending=pending):
            return f"take the pending mark off {short(pending)}"
        case Wait(until=until):
            return f"wait until {until:%Y-%m-%d %H:%M:%S} UTC, when the grace ends"
        case Revoke(previous=previous):
            return f"revoke the previous key ({short(previous)})"
        case SeeRefused(previous=previous):
            return f"see that the endpoint refuses the previous key ({short(previous)})"
        case Finished(why=why):
            return f"nothing left to do: {why}"
        case Blocked(why=why):
            return f"can't go on: {why}"
