"""Rotation on moto's HTTP server, with the sample endpoint and clients that never pause."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import boto3
import pytest

from tests.rotation.setting import FIRST_KEY, SECRET_ID, Clients, rotate, sample
from tests.rotation.world import CREDENTIALS, World, moto

pytestmark = pytest.mark.e2e


def test_no_request_fails_and_the_old_key_is_refused_afterwards(world: World) -> None:
    with Clients(world.current, world.target).calling() as clients:
        time.sleep(0.5)
        done = rotate(*world.words)
        time.sleep(0.8)
    assert done.returncode == 0, done.stderr
    assert clients.faults == []
    assert set(clients.seen) == {200}
    assert clients.requests > 200
    new = world.current()
    assert new != FIRST_KEY
    assert (world.target.status(new), world.target.status(FIRST_KEY)) == (200, 401)
    assert list(world.labels().values()) == [["AWSCURRENT"]]
    for text in (done.stdout, done.stderr, world.target.log.read_text()):
        assert new not in text
        assert FIRST_KEY not in text


def test_killed_at_every_step_and_resumed(world: World) -> None:
    """Around each change; with ROTATION_EVERY_CALL=N around each N-th call of any kind."""
    stride = int(os.environ.get("ROTATION_EVERY_CALL", "0"))
    env = {"KILL_ALL": "1"} if stride else {}
    words = [*world.words, "--grace", "1.5", "--settle", "0.2"]
    first = rotate(*words, env=env, script=True)
    assert first.returncode == 0, first.stderr
    calls = first.stderr.rpartition("calls: ")[2].split()
    assert set(calls) >= {"create_pending", "promote", "note", "clear_pending", "revoke"}
    # Before a call and after the one in front of it the manager holds the same.
    points = ["before:1", *(f"after:{n}" for n in range(1, len(calls) + 1, stride or 1))]
    with Clients(world.current, world.target).calling() as clients:
        for point in points:
            old = world.current()
            killed = rotate(*words, env={**env, "KILL_AT": point}, script=True)
            if stride and killed.returncode == 0:
                break  # the endpoint learned sooner of the pending key: there were fewer calls
            assert killed.returncode == -9, (point, killed.stderr)
            assert len(world.bearing("AWSCURRENT")) == 1, point
            assert world.target.status(world.current()) == 200, point
            resumed = rotate(*words)
            assert resumed.returncode == 0, (point, resumed.stderr)
            assert len(world.bearing("AWSCURRENT")) == 1, point
            assert world.bearing("AWSPENDING") == world.bearing("AWSPREVIOUS") == [], point
            assert world.target.status(old) == 401, point
    assert (set(clients.seen), clients.faults) == ({200}, [])
    sys.stdout.write(f"{len(points)} points, {clients.requests} requests, {clients.failed} failed")


def test_a_dry_run_changes_and_tries_nothing(world: World) -> None:
    before = world.labels()
    done = rotate(*world.words, "--dry-run")
    assert done.returncode == 0
    assert world.labels() == before
    lines = [line.split(". ", 1)[1] for line in done.stdout.splitlines() if ". " in line]
    assert [line.split(" ")[0] for line in lines] == [
        "try", "create", "try", "promote", "note", "take", "wait", "try", "revoke", "see", "close",
        "nothing",
    ]  # fmt: skip


def test_a_pending_key_that_the_endpoint_never_takes_is_not_promoted(
    world: World, tmp_path: Path
) -> None:
    fixed = {"SAMPLE_KEYS_REFRESH": "1000"}
    with sample(tmp_path / "deaf.log", f"aws:{SECRET_ID}", world.manager.url, **fixed) as deaf:
        words = [*world.words, "--endpoint", deaf.url, "--patience", "1"]
        stopped = rotate(*words)
        assert stopped.returncode == 1
        assert "does not accept the pending key" in stopped.stderr
        assert world.current() == FIRST_KEY
        assert len(world.bearing("AWSPENDING")) == 1
    dropped = rotate(*world.words, "--abandon")
    assert dropped.returncode == 0
    assert list(world.labels().values()) == [["AWSCURRENT"]]


def test_an_operation_that_needs_no_key_proves_nothing(world: World) -> None:
    stopped = rotate(*world.words, "--try", "GET /health")
    assert stopped.returncode == 1
    assert "accepts a made-up key" in stopped.stderr
    assert list(world.labels().values()) == [["AWSCURRENT"]]


def test_two_current_versions_are_not_touched(world: World) -> None:
    """What moto's `rotate_secret` leaves behind without a function."""
    assert rotate(*world.words, "--grace", "0").returncode == 0
    world.client.rotate_secret(SecretId=SECRET_ID, RotationRules={"AutomaticallyAfterDays": 30})
    assert len(world.bearing("AWSCURRENT")) == 2
    before = world.labels()
    stopped = rotate(*world.words)
    assert stopped.returncode == 1
    assert "one version must be current, and there are 2" in stopped.stderr
    assert world.labels() == before


def test_without_waiting_a_later_run_revokes(world: World) -> None:
    begun = rotate(*world.words, "--no-wait")
    assert begun.returncode == 0
    assert "run again then" in begun.stdout
    new = world.current()
    assert world.target.status(FIRST_KEY) == world.target.status(new) == 200
    time.sleep(1.5)
    ended = rotate(*world.words)
    assert ended.returncode == 0, ended.stderr
    assert world.current() == new
    assert world.target.status(FIRST_KEY) == 401


def test_a_young_key_is_left_alone(world: World) -> None:
    done = rotate(*world.words, "--if-older-than", "30")
    assert done.returncode == 0
    assert world.current() == FIRST_KEY


def test_a_manager_that_is_away_is_no_success(world: World) -> None:
    done = rotate(*world.words, "--manager-url", "http://127.0.0.1:9")
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    gone = rotate(*world.words, "--secret", "no/such")
    assert gone.returncode == 3


def test_the_endpoint_outlives_the_manager(tmp_path: Path) -> None:
    """Its keys stay known; the previous one still runs out."""
    with ExitStack() as stack:
        with moto(tmp_path / "moto.log") as manager:
            client = boto3.client("secretsmanager", endpoint_url=manager.url, **CREDENTIALS)
            client.create_secret(Name=SECRET_ID, SecretString=FIRST_KEY)
            grace = {"SAMPLE_KEYS_GRACE": "4"}
            target = stack.enter_context(
                sample(tmp_path / "sample.log", f"aws:{SECRET_ID}", manager.url, **grace)
            )
            world = World(manager, target, client)
            done = rotate(*world.words, "--grace", "600", "--no-wait")
            assert done.returncode == 0, done.stderr
            new = world.current()
            time.sleep(1)  # the endpoint sees the promotion
        assert target.status(new) == 200
        time.sleep(4.5)
        assert (target.status(new), target.status(FIRST_KEY)) == (200, 401)
        assert FIRST_KEY not in target.log.read_text()
