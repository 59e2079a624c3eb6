"""Every manager carries a rotation, ended at any call and begun again.

Vault is a double of KV v2 over HTTP, Azure the SDK on a double of its transport.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hvac
import pytest

from scanner.rotation.azure import TOKEN_ENV, open_azure
from scanner.rotation.model import Policy, RotationError, Secret, StoreError, ValueGone, honoured
from scanner.rotation.ports import Answer, Store
from scanner.rotation.rotate import Clock, Rotation, utc_now
from scanner.rotation.vault import VaultStore, open_vault
from tests.rotation.keyvault import URL, KeyVault
from tests.rotation.setting import FIRST_KEY, SECRET_ID, Clients, Running, rotate, sample, served

CHANGES = ("create_pending", "promote", "note", "clear_pending", "revoke")
GRACE = timedelta(hours=1)


class Killed(BaseException):
    pass


@dataclass
class Time:
    """A clock that sleeping moves on."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return utc_now() + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)


@dataclass
class Endpoint:
    """Takes what the manager holds as living, as the bundled endpoint does."""

    store: Store
    clock: Time
    tried: list[str] = field(default_factory=list)
    name: str = "GET /v1/me"

    def try_key(self, secret: Secret, label: str) -> Answer:
        self.tried.append(label)
        return Answer(status=200 if secret in self.living() else 401, exchange=None)

    def living(self) -> list[Secret]:
        until = honoured(self.store.observe(), GRACE)
        living = [one for one, end in until.items() if end is None or self.clock.now() < end]
        return [self.store.read(one) for one in living]


class Dying:
    """Dies after the n-th change."""

    def __init__(self, store: Store, at: int) -> None:
        self._store = store
        self._left = at

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        return self._counted(found) if name in CHANGES else found

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*words: Any) -> Any:
            answer = call(*words)
            self._left -= 1
            if self._left == 0:
                raise Killed
            return answer

        return counted


@pytest.fixture(scope="module")
def double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log = tmp_path_factory.mktemp("kv2") / "kv2.log"
    command = [sys.executable, "-m", "tests.rotation.kv2"]
    with served(lambda port: [*command, str(port)], log, "/v1/sys/health") as running:
        yield running


@pytest.fixture
def vault(
    double: Running, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> VaultStore:
    monkeypatch.setenv("VAULT_TOKEN", "testing")
    path = f"endpoint/{abs(hash(request.node.name))}"
    client = hvac.Client(url=double.url, token="testing")
    client.secrets.kv.v2.create_or_update_secret(path, {"value": FIRST_KEY, "note": "kept"})
    return open_vault(double.url, "secret", path)


@pytest.fixture
def keyvault(monkeypatch: pytest.MonkeyPatch) -> KeyVault:
    monkeypatch.setenv(TOKEN_ENV, "testing")
    return KeyVault()


@pytest.fixture(params=["vault", "azure"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "vault":
        found: Store = request.getfixturevalue("vault")
        return found
    keyvault: KeyVault = request.getfixturevalue("keyvault")
    opened = open_azure(URL, "alice", transport=keyvault)
    opened._client.set_secret("alice", FIRST_KEY, tags={"owner": "models"})
    return opened


def run(store: Any, clock: Time, endpoint: Endpoint, *, unseen: bool = False) -> list[str]:
    told: list[str] = []
    policy = Policy(grace=GRACE, settle=timedelta(seconds=1), patience=timedelta(seconds=30))
    ticking = Clock(now=clock.now, sleep=clock.sleep)
    rotation = Rotation(store, endpoint, policy, ticking, told.append, unseen=unseen)
    assert rotation.run(wait=True).finished
    return told


def test_a_whole_rotation(store: Store) -> None:
    clock = Time()
    endpoint = Endpoint(store, clock)
    told = run(store, clock, endpoint)
    seen = store.observe()
    assert (len(seen.current), seen.pending, seen.previous) == (1, (), ())
    key = store.read(seen.current[0].id)
    assert endpoint.living() == [key]
    assert key != Secret(FIRST_KEY)
    assert key.reveal() not in "".join(told)
    assert seen.record is not None
    assert seen.record.closed


# Vault promotes and notes it in one write, Azure notes it in the promotion's tags.
POINTS = [("vault", at) for at in range(1, 5)] + [("azure", at) for at in range(1, 6)]


@pytest.mark.parametrize(("store", "at"), POINTS, indirect=["store"])
def test_ended_after_each_change_and_begun_again(store: Store, at: int) -> None:
    clock = Time()
    endpoint = Endpoint(store, clock)
    with pytest.raises(Killed):
        run(Dying(store, at), clock, endpoint)
    seen = store.observe()
    assert len(seen.current) == 1
    assert store.read(seen.current[0].id) in endpoint.living()
    closed = seen.record is not None and seen.record.closed
    if store.name.startswith("azure") and not (seen.pending or seen.previous or closed):
        # It died between revoking and looking: the disabled value can't be tried any more.
        with pytest.raises(RotationError, match="not seen, and azure:alice no longer gives"):
            run(store, clock, endpoint)
        assert store.observe() == seen
        run(store, clock, endpoint, unseen=True)
    run(store, clock, endpoint)
    seen = store.observe()
    assert (len(seen.current), seen.pending, seen.previous) == (1, (), ())
    assert Secret(FIRST_KEY) not in endpoint.living()


def test_the_old_key_lives_through_the_grace(store: Store) -> None:
    clock = Time()
    endpoint = Endpoint(store, clock)
    policy = Policy(grace=GRACE, settle=timedelta(), patience=timedelta(seconds=5))
    ticking = Clock(now=clock.now, sleep=clock.sleep)
    ended = Rotation(store, endpoint, policy, ticking, lambda _text: None).run(wait=False)
    assert not ended.finished
    assert Secret(FIRST_KEY) in endpoint.living()
    assert len(endpoint.living()) == 2


def test_promoting_fails_where_another_did_so_before(store: Store) -> None:
    first = store.observe().current[0].id
    store.create_pending(Secret("next-key-0123456789"), first)
    pending = store.observe().pending[0].id
    store.promote(pending, first)
    with pytest.raises(StoreError, match="no longer current"):
        store.promote(pending, first)


def test_a_pending_key_is_dropped(store: Store) -> None:
    first = store.observe()
    store.create_pending(Secret("next-key-0123456789"), first.current[0].id)
    pending = store.observe().pending[0].id
    assert store.read(pending) == Secret("next-key-0123456789")
    store.clear_pending(pending)
    store.clear_pending(pending)
    assert store.observe() == first


def test_history_and_schedule(store: Store) -> None:
    clock = Time()
    assert store.schedule().enabled is None
    history = store.history()
    assert history.copies == 0
    assert abs((utc_now() - history.since).total_seconds()) < 60
    run(store, clock, Endpoint(store, clock))
    assert store.history().copies == 0


def test_vault_keeps_other_members_and_knows_a_change_by_hand(
    vault: VaultStore, double: Running
) -> None:
    clock = Time()
    run(vault, clock, Endpoint(vault, clock))
    client = hvac.Client(url=double.url, token="testing").secrets.kv.v2
    page = client.read_secret_version(vault._path, raise_on_deleted_version=True)["data"]
    assert page["data"]["note"] == "kept"
    assert set(page["data"]) == {"value", "note", "servegate"}
    before = vault.observe().current[0].id
    client.create_or_update_secret(vault._path, {**page["data"], "note": "changed"})
    assert vault.observe().current[0].id == before
    client.create_or_update_secret(vault._path, {**page["data"], "value": "by-hand-0123456789"})
    seen = vault.observe()
    assert seen.current[0].id != before
    assert seen.record is None


def test_vault_refuses_a_write_that_another_came_before(
    vault: VaultStore, double: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = vault.observe().current[0].id
    stale = vault._page()
    other = open_vault(double.url, "secret", vault._path)
    other.create_pending(Secret("other-key-0123456789"), first)
    monkeypatch.setattr(vault, "_page", lambda _number=None: stale)
    with pytest.raises(StoreError, match="another came before"):
        vault.create_pending(Secret("third-key-0123456789"), first)


def test_vault_says_one_line_where_it_gives_no_answer(
    double: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "wrong-token-0123456789")
    with pytest.raises(StoreError) as caught:
        open_vault(double.url, "secret", "x").observe()
    assert "wrong-token" not in str(caught.value)
    with pytest.raises(StoreError, match="gave no answer"):
        open_vault("http://127.0.0.1:9", "secret", "x").observe()
    monkeypatch.setenv("VAULT_TOKEN", "testing")
    with pytest.raises(ValueGone):
        open_vault(double.url, "secret", "no/such").observe()


def test_azure_keeps_tags_and_disables_what_is_over(keyvault: KeyVault) -> None:
    store = open_azure(URL, "alice", transport=keyvault)
    store._client.set_secret("alice", FIRST_KEY, tags={"owner": "models"})
    clock = Time()
    run(store, clock, Endpoint(store, clock))
    old, new = keyvault.secrets["alice"]
    assert (old["attributes"]["enabled"], new["attributes"]["enabled"]) == (False, True)
    assert new["tags"]["owner"] == "models"
    (pending,) = keyvault.secrets["alice-pending"]
    assert not pending["attributes"]["enabled"]


def test_azure_sees_the_same_value_stored_again(keyvault: KeyVault) -> None:
    store = open_azure(URL, "alice", transport=keyvault)
    store._client.set_secret("alice", FIRST_KEY)
    keyvault.ahead = 86_400
    store._client.set_secret("alice", FIRST_KEY)
    history = store.history()
    assert history.copies == 1
    assert history.made - history.since == timedelta(days=1)


def test_azure_says_one_line_where_it_gives_no_answer(
    keyvault: KeyVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_azure(URL, "alice", transport=keyvault)
    with pytest.raises(ValueGone):
        store.observe()
    keyvault.away = True
    with pytest.raises(StoreError, match="gave no answer"):
        store.observe()
    monkeypatch.delenv(TOKEN_ENV)
    with pytest.raises(StoreError, match=TOKEN_ENV):
        open_azure(URL, "alice", transport=keyvault)


@pytest.mark.e2e
def test_no_request_fails_with_vault(
    double: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "testing")
    client = hvac.Client(url=double.url, token="testing").secrets.kv.v2
    client.create_or_update_secret(SECRET_ID, {"value": FIRST_KEY})

    def current() -> str:
        page = client.read_secret_version(SECRET_ID, raise_on_deleted_version=True)
        return str(page["data"]["data"]["value"])

    with sample(tmp_path / "sample.log", f"vault:{SECRET_ID}", double.url) as target:
        words = ["--manager", "vault", "--manager-url", double.url, "--secret", SECRET_ID]
        words += ["--endpoint", target.url, "--try", "GET /v1/me", "--grace", "2"]
        words += ["--settle", "0.7", "--patience", "15"]
        with Clients(current, target).calling() as clients:
            done = rotate(*words)
        assert done.returncode == 0, done.stderr
        assert (set(clients.seen), clients.faults) == ({200}, [])
        assert (target.status(current()), target.status(FIRST_KEY)) == (200, 401)
