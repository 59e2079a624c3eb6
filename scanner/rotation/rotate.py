"""Carries out a rotation, one step after the other, each decided from what the manager shows."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

from scanner.model.values import Value
from scanner.rotation.model import Policy, RotationError, Secret, ValueGone, short
from scanner.rotation.ports import Answer, Door, Store
from scanner.rotation.steps import (
    Blocked,
    ClearPending,
    CreatePending,
    Finished,
    Note,
    Progress,
    Promote,
    Revoke,
    SeeRefused,
    Step,
    TryKey,
    Wait,
    after,
    describe,
    next_step,
)

Action = TryKey | CreatePending | Promote | Note | ClearPending | Wait | Revoke | SeeRefused
_KEY_BYTES = 32
_PAUSE = 0.2
_AT_LEAST = 3
_LOOKS = 10


class Clock(Value, kw_only=True):
    """The time and how to let it pass."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]


class Ended(Value, kw_only=True):
    """How a run ended: `finished`, or waiting for the grace to end at `until`."""

    finished: bool
    why: str
    until: datetime | None = None


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(timezone.utc)


def make_key() -> Secret:
    """A new key of 256 random bits."""
    return Secret(secrets.token_urlsafe(_KEY_BYTES))


class Rotation:
    """One run of a rotation; `tell` is given a line of text for each step."""

    def __init__(
        self,
        store: Store,
        door: Door,
        policy: Policy,
        clock: Clock,
        tell: Callable[[str], None],
        *,
        unseen: bool = False,
    ) -> None:
        """With `unseen` a key whose value nobody has any more counts as refused."""
        self._store = store
        self._door = door
        self._policy = policy
        self._clock = clock
        self._tell = tell
        self._unseen = unseen
        # The old key's value, read before it is revoked: not every manager shows it afterwards.
        self._revoked: dict[str, Secret] = {}

    def run(self, *, wait: bool) -> Ended:
        """Go on to the end, or with `wait` off to the grace. Raises the errors of `model`."""
        progress = Progress()
        last: Step | None = None
        looks = 0
        while True:
            seen = self._store.observe()
            step = next_step(seen, progress, self._policy, self._clock.now())
            if step == last:
                # Managers are eventually consistent: the change may not show at once.
                looks += 1
                if looks > _LOOKS:
                    raise RotationError(
                        f"the manager does not show the effect of: {describe(step)}"
                    )
                self._clock.sleep(_PAUSE)
                continue
            looks = 0
            if isinstance(step, Finished):
                return Ended(finished=True, why=step.why)
            if isinstance(step, Blocked):
                raise RotationError(f"{self._store.name}: {step.why}; put that right by hand")
            self._tell(describe(step))
            if isinstance(step, Wait) and not wait:
                return Ended(finished=False, why=describe(step), until=step.until)
            self._do(step)
            _, progress, _ = after(seen, progress, step, self._clock.now())
            last = step

    def _do(self, step: Action) -> None:
        match step:
            case TryKey(version=version, part=part):
                self._see_accepted(version, part)
            case CreatePending(current=current):
                self._store.create_pending(make_key(), current)
            case Promote(pending=pending, current=current):
                self._store.promote(pending, current)
            case Note(record=record):
                self._store.note(record)
            case ClearPending(pending=pending):
                self._store.clear_pending(pending)
            case Wait(until=until):
                self._clock.sleep(max(0.0, (until - self._clock.now()).total_seconds()))
            case Revoke(previous=previous):
                # Read first: not every manager shows a value that was taken out of use.
                self._revoked[previous] = self._store.read(previous)
                self._store.revoke(previous)
            case SeeRefused(previous=previous):
                self._see_refused(previous)

    def _see_accepted(self, version: str, part: str) -> None:
        """Try a version for real; a made-up key shows that the trial means something."""
        secret = self._store.read(version)
        made_up = self._hold(make_key(), "a made-up key", _refused, briefly=True)
        if made_up.accepted:
            raise RotationError(
                f"{self._door.name} accepts a made-up key ({made_up}), so that trying keys on it "
                "proves nothing; name an operation that needs the key"
            )
        if not made_up.refused:
            raise RotationError(f"{self._door.name} neither takes nor refuses keys: {made_up}")
        answer = self._hold(secret, f"the {part} key", _accepted)
        if not answer.accepted:
            raise RotationError(
                f"{self._door.name} does not accept the {part} key ({short(version)}): {answer}; "
                "nothing was changed by this step, and the keys in use stay valid"
            )

    def _see_refused(self, version: str) -> None:
        try:
            secret = self._revoked.get(version) or self._store.read(version)
        except ValueGone:
            if self._unseen:
                self._tell(f"not tried, as was asked for: the value of {short(version)} is gone")
                return
            raise RotationError(
                f"whether {self._door.name} refuses the previous key ({short(version)}) was not "
                f"seen, and {self._store.name} no longer gives out its value; try the old key by "
                "hand, then `servegate rotate --unseen` closes the rotation"
            ) from None
        answer = self._hold(secret, "the previous key", _refused)
        if not answer.refused:
            raise RotationError(
                f"{self._door.name} does not refuse the previous key ({short(version)}): {answer}; "
                "the manager no longer holds it as valid: see why the endpoint does"
            )

    def _hold(
        self,
        secret: Secret,
        label: str,
        wanted: Callable[[Answer], bool],
        *,
        briefly: bool = False,
    ) -> Answer:
        """The last answer, once all of them were the wanted one for long enough, or time is up.

        An endpoint may have several replicas, which learn of a change one after the other.
        """
        began = since = self._clock.now()
        held = 0
        settle = timedelta() if briefly else self._policy.settle
        while True:
            answer = self._door.try_key(secret, label)
            now = self._clock.now()
            if wanted(answer):
                held += 1
                if briefly or (held >= _AT_LEAST and now - since >= settle):
                    return answer
            else:
                held, since = 0, now
                if now - began > self._policy.patience or (briefly and answer.accepted):
                    return answer
            self._clock.sleep(_PAUSE)


def _accepted(answer: Answer) -> bool:
    return answer.accepted


def _refused(answer: Answer) -> bool:
    return answer.refused


def system_clock() -> Clock:
    """The real one."""
    return Clock(now=utc_now, sleep=time.sleep)
