"""The state machine: every state has one next step, and every road ends with one valid key."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.rotation.model import Observation, Policy, Record, Version, grace_began, honoured
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
    foresee,
    next_step,
)

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
POLICY = Policy(grace=timedelta(hours=1))
OLD = Version(id="old", created=NOW - timedelta(days=40))
NEW = Version(id="new", created=NOW - timedelta(minutes=5))
RESTING = Observation(current=(OLD,))
PROMOTED = Observation(current=(NEW,), pending=(NEW,), previous=(OLD,))
RECORD = Record(current="new", previous="old", promoted=NOW - timedelta(minutes=1))
GRACE = Observation(current=(NEW,), previous=(OLD,), record=RECORD)


FRESH = Progress()


def decide(seen: Observation, progress: Progress = FRESH, now: datetime = NOW) -> Step:
    return next_step(seen, progress, POLICY, now)


def test_the_whole_road() -> None:
    kinds = [type(step) for step in foresee(RESTING, POLICY, NOW)]
    assert kinds == [
        TryKey, CreatePending, TryKey, Promote, Note, ClearPending, Wait, TryKey, Revoke,
        SeeRefused, Note, Finished,
    ]  # fmt: skip


def test_a_pending_key_is_tried_and_not_made_anew() -> None:
    seen = replace(RESTING, pending=(NEW,))
    assert decide(seen) == TryKey(version="new", part="pending")
    assert decide(seen, Progress(accepted=frozenset({"new"}))) == Promote(
        pending="new", current="old"
    )


def test_after_promotion_the_grace_begins_no_earlier_than_it_did() -> None:
    step = decide(PROMOTED)
    assert step == Note(record=Record(current="new", previous="old", promoted=NOW))
    assert decide(replace(PROMOTED, record=RECORD)) == ClearPending(pending="new")


def test_a_record_of_an_earlier_rotation_does_not_count() -> None:
    stale = Record(current="old", previous="older", promoted=NOW - timedelta(days=40))
    assert isinstance(decide(replace(PROMOTED, record=stale)), Note)
    assert isinstance(decide(replace(RESTING, record=stale, current=(NEW,))), TryKey)


def test_nothing_is_revoked_within_the_grace_or_untried() -> None:
    assert decide(GRACE) == Wait(until=RECORD.promoted + POLICY.grace)
    late = NOW + timedelta(hours=2)
    assert decide(GRACE, now=late) == TryKey(version="new", part="new")
    assert decide(GRACE, Progress(accepted=frozenset({"new"})), late) == Revoke(previous="old")


def test_a_revoked_key_must_be_seen_refused_before_the_end() -> None:
    revoked = replace(GRACE, previous=())
    assert decide(revoked) == SeeRefused(previous="old")
    closing = decide(revoked, Progress(refused=frozenset({"old"})))
    assert closing == Note(record=replace(RECORD, closed=True))


def test_an_unfinished_rotation_comes_before_a_new_one() -> None:
    another = Version(id="another", created=NOW)
    assert isinstance(decide(replace(GRACE, pending=(another,))), Wait)


@pytest.mark.parametrize(
    "seen",
    [
        Observation(current=()),
        Observation(current=(OLD, NEW)),
        Observation(current=(OLD,), pending=(NEW, Version(id="x", created=NOW))),
    ],
)
def test_a_state_that_is_none_is_left_alone(seen: Observation) -> None:
    step = decide(seen)
    assert isinstance(step, Blocked)
    assert "one version must be" in step.why


def test_a_young_key_is_not_rotated_but_an_unfinished_rotation_is_ended() -> None:
    policy = replace(POLICY, not_before=timedelta(days=60))
    assert isinstance(next_step(RESTING, Progress(), policy, NOW), Finished)
    pending = replace(RESTING, pending=(NEW,))
    assert isinstance(next_step(pending, Progress(), policy, NOW), TryKey)


@given(st.lists(st.booleans(), max_size=40), st.sampled_from([RESTING, PROMOTED, GRACE]))
def test_ended_anywhere_and_begun_again_it_comes_to_its_end(
    deaths: list[bool], seen: Observation
) -> None:
    """A death forgets what the run has seen; what the manager holds stays."""
    progress, now = Progress(), NOW
    for number in range(200):
        step = next_step(seen, progress, POLICY, now)
        assert not isinstance(step, Blocked)
        assert len(describe(step)) < 100
        if isinstance(step, Finished):
            break
        living = {version.id for version in (*seen.current, *seen.previous)}
        before = seen.current
        seen, progress, now = after(seen, progress, step, now, new=f"key-{number}")
        assert len(seen.current) == 1
        # A key that was current is valid on until it is revoked on purpose.
        if not isinstance(step, Revoke):
            assert living <= {version.id for version in (*seen.current, *seen.previous)} or (
                isinstance(step, Promote) and before == seen.previous
            )
        if number < len(deaths) and deaths[number]:
            progress = Progress()
    assert isinstance(step, Finished)
    assert seen.pending == seen.previous == ()


def test_an_endpoint_takes_current_and_pending_and_the_previous_for_a_while() -> None:
    hour = timedelta(hours=1)
    assert honoured(GRACE, hour) == {
        "old": RECORD.promoted + hour,
        "new": None,
    }
    assert honoured(replace(RESTING, pending=(NEW,)), hour) == {"old": None, "new": None}
    assert honoured(Observation(current=()), hour) == {}


def test_without_a_record_the_grace_runs_from_what_was_noticed_or_else_the_making() -> None:
    unrecorded = replace(GRACE, record=None)
    assert grace_began(unrecorded) == NEW.created
    assert honoured(unrecorded, timedelta(0))["old"] == NEW.created
    assert honoured(unrecorded, timedelta(0), noticed=NOW)["old"] == NOW
    assert honoured(GRACE, timedelta(0), noticed=NOW)["old"] == RECORD.promoted
