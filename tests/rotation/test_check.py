"""The rotation check: against moto and the sample endpoint, and its judgements alone."""

from __future__ import annotations

import json
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from scanner.cli.rotation_options import rotation_options
from scanner.config import load_settings
from scanner.engines.rotation import Rotation
from scanner.engines.rotation.judge import (
    Kept,
    Limits,
    judge_made_up,
    judge_manager,
    judge_previous,
)
from scanner.model.errors import TargetError
from scanner.model.outcome import Completed, Partial, Verdict
from scanner.model.plan import DynamicTask, Target
from scanner.model.protocols import ScanContext
from scanner.model.severity import Stage
from scanner.rotation.history import since_when
from scanner.rotation.model import Observation, Version
from scanner.rotation.ports import Answer, History, Schedule
from scanner.rotation.rotate import utc_now
from tests.e2e.command import servegate
from tests.rotation.setting import AWS, FIRST_KEY, SECRET_ID, rotate
from tests.rotation.world import World

NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
DAY = timedelta(days=1)
LIMITS = Limits(max_age=30 * DAY, pending_max=DAY, grace=timedelta(hours=1))
CURRENT = Version(id="current-1", created=NOW - 5 * DAY)
KEPT = Kept(
    seen=Observation(current=(CURRENT,)),
    schedule=Schedule(enabled=True, days=30, told=("RotationEnabled: true",)),
    history=History(made=CURRENT.created, since=CURRENT.created),
    now=NOW,
)


def wrong(kept: Kept) -> set[str]:
    judged = judge_manager(kept, LIMITS)
    return {
        str(one.rule.id).partition("/")[2] for one in judged if one.verdict is Verdict.VULNERABLE
    }


def test_what_is_in_order_gives_nothing() -> None:
    assert wrong(KEPT) == set()


@pytest.mark.parametrize(
    ("schedule", "found"),
    [
        (Schedule(enabled=False), {"rotation-disabled"}),
        (Schedule(enabled=True, days=31), {"rotation-interval-too-long"}),
        (Schedule(enabled=True, days=7), set()),
        (Schedule(enabled=True), set()),  # a cron expression
        (Schedule(enabled=None), set()),  # a manager without rotation of its own
    ],
)
def test_the_schedule(schedule: Schedule, found: set[str]) -> None:
    assert wrong(replace(KEPT, schedule=schedule)) == found


def test_the_age_is_that_of_the_value_not_of_its_newest_version() -> None:
    old = History(made=NOW - DAY, since=NOW - 31 * DAY, copies=1)
    assert wrong(replace(KEPT, history=old)) == {"key-too-old", "rotation-without-change"}
    assert wrong(replace(KEPT, history=replace(old, copies=0))) == {"key-too-old"}
    just = History(made=NOW - 30 * DAY, since=NOW - 30 * DAY)
    assert wrong(replace(KEPT, history=just)) == set()


def test_pending_versions() -> None:
    def pending(age: timedelta, name: str = "pending-1") -> Kept:
        version = Version(id=name, created=NOW - age)
        return replace(KEPT, seen=replace(KEPT.seen, pending=(version,)))

    assert wrong(pending(timedelta(hours=25))) == {"stale-pending-version"}
    assert wrong(pending(timedelta(hours=1))) == set()
    # The mark that was left on what was promoted.
    assert wrong(pending(5 * DAY, CURRENT.id)) == set()


@pytest.mark.parametrize("number", [0, 2])
def test_not_exactly_one_current(number: int) -> None:
    versions = tuple(Version(id=f"v{n}", created=NOW) for n in range(number))
    kept = replace(KEPT, seen=Observation(current=versions), history=None)
    assert wrong(kept) == {"several-current-versions"}
    unanswered = [one for one in judge_manager(kept, LIMITS) if one.verdict is Verdict.INCONCLUSIVE]
    assert len(unanswered) == 2


def test_history_goes_back_as_long_as_the_value_is_the_same() -> None:
    def day(number: int) -> datetime:
        return NOW - number * DAY

    older = [("b", day(3)), ("a", day(9)), ("a", day(5)), ("a", day(1)), ("a", day(-1))]
    assert since_when(("a", day(0)), older) == History(made=day(0), since=day(1), copies=1)
    assert since_when(("a", day(0)), []) == History(made=day(0), since=day(0))


def test_an_age_that_is_only_a_lower_bound_is_no_answer_while_it_is_allowed() -> None:
    def day(number: int) -> datetime:
        return NOW - number * DAY

    assert since_when(("a", day(0)), [(None, day(1)), ("a", day(2)), ("b", day(3))]) == History(
        made=day(0), since=day(2), copies=1
    )
    unread = since_when(("a", day(0)), [(None, day(1)), ("b", day(3))])
    assert unread == History(made=day(0), since=day(0), at_least=True)
    cut = since_when(("a", day(0)), [("a", day(40))], whole=False)
    assert cut.at_least
    assert wrong(replace(KEPT, history=replace(cut, copies=0))) == {"key-too-old"}
    judged = judge_manager(replace(KEPT, history=unread), LIMITS)
    (age,) = [one for one in judged if str(one.rule.id) == "secrets/key-too-old"]
    assert age.verdict is Verdict.INCONCLUSIVE
    assert "at least" in age.why


def test_a_door_that_is_shut_to_every_key_has_held_nothing() -> None:
    shut, opened = Answer(status=401), Answer(status=200)
    assert judge_made_up(shut, shut, "d").verdict is Verdict.INCONCLUSIVE
    assert judge_made_up(shut, None, "d").verdict is Verdict.INCONCLUSIVE
    assert judge_made_up(shut, opened, "d").verdict is Verdict.HELD
    assert judge_made_up(opened, opened, "d").verdict is Verdict.VULNERABLE
    assert judge_previous(shut, shut, shut, "d", NOW).verdict is Verdict.INCONCLUSIVE
    assert judge_previous(shut, shut, opened, "d", NOW).verdict is Verdict.HELD
    assert judge_previous(opened, shut, shut, "d", NOW).verdict is Verdict.VULNERABLE


def checked(
    world: World, tmp_path: Path, ahead: timedelta = timedelta(), **keys: Any
) -> Completed | Partial:
    """The engine's outcome on this world, `ahead` of the present."""
    section = {
        "manager": "aws",
        "url": world.manager.url,
        "region": "eu-central-1",
        "secret": SECRET_ID,
        "endpoint": world.target.url,
        "try": "GET /v1/me",
        "grace_seconds": 2,
        "settle_seconds": 1,
        **keys,
    }
    options = rotation_options(load_settings(None, {"rotation": section}), None, tmp_path)
    engine = Rotation(options, now=lambda: utc_now() + ahead)
    task = DynamicTask(
        engine="rotation", stage=Stage.SECRETS, root=tmp_path, target=Target(name="x")
    )
    context = ScanContext(progress=lambda _text: None, cancelled=threading.Event())
    return engine.scan(task, context)


def found(outcome: Completed | Partial) -> set[str]:
    return {str(one.rule_id).partition("/")[2] for one in outcome.findings}


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.e2e
@pytest.mark.usefixtures("credentials")
class TestOnMoto:
    def test_a_fresh_key(self, world: World, tmp_path: Path) -> None:
        outcome = checked(world, tmp_path)
        assert not isinstance(outcome, Partial)
        assert found(outcome) == {"rotation-disabled"}
        assert outcome.requests == 2

    def test_after_a_rotation_the_previous_key_was_tried(
        self, world: World, tmp_path: Path
    ) -> None:
        assert rotate(*world.words).returncode == 0
        outcome = checked(world, tmp_path)
        assert found(outcome) == {"rotation-disabled"}
        held = {str(a.rule_id) for a in outcome.assessments if a.verdict is Verdict.HELD}
        assert "secrets/previous-key-accepted" in held

    def test_within_the_grace_the_previous_key_is_not_tried(
        self, world: World, tmp_path: Path
    ) -> None:
        assert rotate(*world.words, "--no-wait").returncode == 0
        outcome = checked(world, tmp_path, grace_seconds=600)
        assert found(outcome) == {"rotation-disabled"}
        assert outcome.requests == 2

    def test_a_previous_key_that_goes_on_working(self, world: World, tmp_path: Path) -> None:
        """The endpoint's own grace is a minute; the policy's two seconds are long over."""
        assert rotate(*world.words, "--no-wait").returncode == 0
        outcome = checked(world, tmp_path, timedelta(minutes=1))
        assert found(outcome) == {"rotation-disabled", "previous-key-accepted"}
        (finding,) = [f for f in outcome.findings if "previous" in f.rule_id]
        text = repr(finding)
        assert "$PREVIOUS_KEY" in text
        assert FIRST_KEY not in text
        assert world.current() not in text

    def test_an_old_key_and_a_pending_one(self, world: World, tmp_path: Path) -> None:
        world.client.put_secret_value(
            SecretId=SECRET_ID, SecretString="next-key-0123456789", VersionStages=["AWSPENDING"]
        )
        outcome = checked(world, tmp_path, 40 * DAY)
        assert found(outcome) == {"rotation-disabled", "key-too-old", "stale-pending-version"}

    def test_the_same_key_stored_again_is_as_old_as_it_was(
        self, world: World, tmp_path: Path
    ) -> None:
        time.sleep(1.1)  # the manager counts in seconds
        world.client.put_secret_value(SecretId=SECRET_ID, SecretString=FIRST_KEY)
        assert "rotation-without-change" in found(checked(world, tmp_path))

    def test_an_operation_that_needs_no_key(self, world: World, tmp_path: Path) -> None:
        outcome = checked(world, tmp_path, **{"try": "GET /health"})
        assert found(outcome) == {"rotation-disabled", "made-up-key-accepted"}
        assert isinstance(outcome, Partial)  # that the current key opens it says nothing

    def test_a_manager_that_changed_without_the_endpoint(
        self, world: World, tmp_path: Path
    ) -> None:
        with_other = {"header": "X-Other-Key"}
        outcome = checked(world, tmp_path, **with_other)
        assert found(outcome) == {"rotation-disabled", "current-key-refused"}

    def test_an_endpoint_that_is_away_or_not_named_is_a_gap(
        self, world: World, tmp_path: Path
    ) -> None:
        for keys in ({"endpoint": "http://127.0.0.1:9"}, {"try": ""}, {"endpoint": ""}):
            outcome = checked(world, tmp_path, **keys)
            assert isinstance(outcome, Partial)
            assert {gap.subject for gap in outcome.gaps} >= {"secrets/current-key-refused"}

    def test_a_manager_that_is_away_is_a_failure(self, world: World, tmp_path: Path) -> None:
        for keys in ({"url": "http://127.0.0.1:9"}, {"secret": "no/such"}):
            with pytest.raises(TargetError):
                checked(world, tmp_path, **keys)

    def test_in_a_scan(self, world: World, tmp_path: Path) -> None:
        """A finding with its place in the configuration; a manager away makes it inconclusive."""
        (tmp_path / "servegate.toml").write_text(
            "[gate]\nfail_on = 'medium'\n\n[rotation]\nmanager = 'aws'\n"
            f"url = '{world.manager.url}'\nregion = 'eu-central-1'\nsecret = '{SECRET_ID}'\n"
            f"endpoint = '{world.target.url}'\ntry = 'GET /v1/me'\n"
        )
        done = servegate(".", "--only", "secrets", cwd=tmp_path)
        assert done.code == 1, done.text
        (entry,) = done.result["findings"]
        assert entry["location"]["start_line"] == 4
        assert FIRST_KEY not in done.text + json.dumps(done.result)
        config = tmp_path / "servegate.toml"
        config.write_text(config.read_text().replace(world.manager.url, "http://127.0.0.1:9"))
        closed = servegate(".", "--only", "secrets", cwd=tmp_path)
        assert closed.code == 3
        assert closed.engine("rotation")["state"] == "failed"
