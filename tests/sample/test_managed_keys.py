"""Keys from a secret manager: what is refused at the start, and what is taken while running."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from fastapi import FastAPI

from sample_endpoint.core.accounts import KEY_VARIABLES, SettingsError
from sample_endpoint.hardened import managed_keys
from sample_endpoint.hardened.app import create_app
from sample_endpoint.hardened.auth import KeyRing, ManagedKey
from scanner.rotation.model import Observation, Record, Secret, StoreError, Version
from tests.sample.running import KEYS

OLD, NEW = "old-key-of-alice-0123456789", "new-key-of-alice-0123456789"
ALICE = KEY_VARIABLES["SAMPLE_KEY_ALICE"]
OTHERS = {name: key for name, key in KEYS.items() if name != "SAMPLE_KEY_ALICE"}
SETTINGS = {
    **OTHERS,
    "SAMPLE_KEY_ALICE_SECRET": "aws:alice",
    "SAMPLE_SECRETS_URL": "http://127.0.0.1:9",
}


class Manager:
    """What the endpoint asks of a store, with the answers of the test."""

    name = "test:alice"

    def __init__(self) -> None:
        now = datetime.now(timezone.utc)
        self.old = Version(id="old", created=now - timedelta(days=1))
        self.new = Version(id="new", created=now)
        self.seen = Observation(current=(self.old,))
        self.values = {"old": OLD, "new": NEW}
        self.away = False

    def observe(self) -> Observation:
        if self.away:
            raise StoreError("test:alice: gave no answer")
        return self.seen

    def read(self, version: str) -> Secret:
        if version not in self.values:
            raise StoreError(f"test:alice: there is no value of {version}")
        return Secret(self.values[version])

    def rotate(self, *, previous: bool = True) -> None:
        promoted = datetime.now(timezone.utc)
        self.seen = Observation(
            current=(self.new,),
            previous=(self.old,) if previous else (),
            record=Record(current="new", previous="old", promoted=promoted),
        )


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Manager:
    manager = Manager()
    monkeypatch.setattr(managed_keys, "open_store", lambda _place: manager)
    return manager


def opened(**settings: str) -> tuple[KeyRing, managed_keys.ManagedKeys]:
    environ = {**SETTINGS, **settings}
    ring = KeyRing({})
    return ring, managed_keys.ManagedKeys(environ, managed_keys.managed_variables(environ), ring)


def refresh(keys: managed_keys.ManagedKeys) -> None:
    for one in keys._keys:
        one.try_refresh()
    keys._honour()


def valid(ring: KeyRing) -> set[str]:
    return {key for key in (OLD, NEW) if ring.find(key) == ALICE}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"SAMPLE_KEY_ALICE_SECRET": "alice"}, "must read MANAGER:NAME"),
        ({"SAMPLE_SECRETS_URL": ""}, "SAMPLE_SECRETS_URL be set"),
        ({"SAMPLE_SECRETS_URL": "http://vault.example"}, "can't be read"),
        ({"SAMPLE_KEY_ALICE_SECRET": "vaults:alice"}, "none of aws, vault, azure"),
        ({"SAMPLE_KEYS_REFRESH": "often"}, "SAMPLE_KEYS_REFRESH must be a number"),
        ({"SAMPLE_KEYS_GRACE": "-1"}, "SAMPLE_KEYS_GRACE must be a number"),
    ],
)
def test_what_can_not_be_used_is_refused(settings: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        create_app({**SETTINGS, **settings})


def test_without_its_keys_the_endpoint_does_not_start(manager: Manager) -> None:
    manager.away = True
    with pytest.raises(SettingsError, match="can't be read"):
        opened()
    manager.away = False
    manager.values["old"] = "short"
    with pytest.raises(SettingsError, match="at least 16 characters") as caught:
        opened()
    assert "short" not in str(caught.value)


def test_the_other_keys_are_those_of_the_environment(manager: Manager) -> None:
    ring: KeyRing = create_app(SETTINGS).state.keys
    assert ring.find(OLD) == ALICE
    for name, key in OTHERS.items():
        assert ring.find(key) == KEY_VARIABLES[name]
    assert ring.find(KEYS["SAMPLE_KEY_ALICE"]) is None
    assert manager.seen.current[0].id == "old"


def test_pending_and_previous_are_honoured(manager: Manager) -> None:
    ring, keys = opened()
    assert valid(ring) == {OLD}
    manager.seen = Observation(current=(manager.old,), pending=(manager.new,))
    refresh(keys)
    assert valid(ring) == {OLD, NEW}
    manager.rotate()
    refresh(keys)
    assert valid(ring) == {OLD, NEW}
    manager.seen = Observation(current=(manager.new,), record=manager.seen.record)
    refresh(keys)
    refresh(keys)
    assert valid(ring) == {NEW}


def test_a_label_on_its_way_locks_nobody_out(manager: Manager) -> None:
    """Seen between two changes, the version that was current bears no label at all."""
    ring, keys = opened()
    manager.rotate(previous=False)
    refresh(keys)
    assert valid(ring) == {OLD, NEW}
    manager.rotate()
    refresh(keys)
    assert valid(ring) == {OLD, NEW}


def test_an_outage_keeps_what_was_known(manager: Manager) -> None:
    ring, keys = opened()
    manager.away = True
    refresh(keys)
    refresh(keys)
    assert valid(ring) == {OLD}


def test_a_previous_value_that_is_gone_does_not_freeze_the_rest(manager: Manager) -> None:
    ring, keys = opened()
    manager.rotate()
    third = Version(id="third", created=manager.new.created)
    manager.seen = Observation(current=(manager.new,), pending=(third,), previous=(third,))
    refresh(keys)
    assert NEW in valid(ring)


def test_an_answer_that_nobody_foresaw_does_not_end_the_refreshing(
    manager: Manager, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring, keys = opened(SAMPLE_KEYS_REFRESH="0.02")
    observe = manager.observe
    monkeypatch.setattr(manager, "observe", lambda: [][0])

    async def live() -> None:
        async with keys.lifespan(FastAPI()):
            await asyncio.sleep(0.1)
            manager.rotate()
            monkeypatch.setattr(manager, "observe", observe)
            await asyncio.sleep(0.2)

    asyncio.run(live())
    assert NEW in valid(ring)


def test_the_previous_key_runs_out_by_itself() -> None:
    now = datetime.now(timezone.utc)
    ring = KeyRing({})
    ring.honour([ManagedKey(OLD, ALICE, now - timedelta(seconds=1)), ManagedKey(NEW, ALICE)])
    assert valid(ring) == {NEW}


def test_a_managed_key_does_not_show_its_value() -> None:
    shown: Any = repr(ManagedKey(OLD, ALICE))
    assert OLD not in shown
