"""Keys that live in a secret manager and change while the endpoint runs.

`SAMPLE_KEY_ALICE_SECRET=aws:prod/alice` (or `vault:`, `azure:`) instead of `SAMPLE_KEY_ALICE`, with
`SAMPLE_SECRETS_URL` and, for AWS, `SAMPLE_SECRETS_REGION`. The manager is asked every
`SAMPLE_KEYS_REFRESH` seconds (60). The current and the pending key are taken, the previous one for
`SAMPLE_KEYS_GRACE` seconds (3600) after the change.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from fastapi import FastAPI

from sample_endpoint.core.accounts import KEY_VARIABLES, MIN_KEY_LENGTH, Account, SettingsError
from sample_endpoint.hardened.auth import KeyRing, ManagedKey
from scanner.model.errors import ConfigError
from scanner.rotation.model import Observation, StoreError, honoured
from scanner.rotation.ports import Store
from scanner.rotation.rotate import utc_now
from scanner.rotation.stores import Place, open_store

_logger = logging.getLogger("sample_endpoint.keys")


def managed_variables(environ: Mapping[str, str]) -> dict[str, Account]:
    """The key variables whose `_SECRET` sibling is set, and whose key each is."""
    return {
        variable: account
        for variable, account in KEY_VARIABLES.items()
        if environ.get(f"{variable}_SECRET")
    }


class _Watched:
    """One account's key in the manager: what was seen of it last, and its values."""

    def __init__(self, store: Store, account: Account, grace: timedelta) -> None:
        self._account = account
        self._store = store
        self._grace = grace
        self._seen = Observation(current=())
        self._noticed: datetime | None = None
        self._until: dict[str, datetime | None] = {}
        self._values: dict[str, str] = {}
        self._missed: frozenset[str] = frozenset()

    def refresh(self) -> None:
        """Ask the manager. Raises `StoreError`; what was known before stays."""
        seen = self._store.observe()
        if not seen.current:
            raise StoreError(f"{self._store.name}: no version is current")
        self._noticed = self._noticed_change(seen)
        self._seen = seen
        until = honoured(seen, self._grace, self._noticed)
        current = {version.id for version in seen.current}
        for version in tuple(until):
            if version not in self._values:
                try:
                    self._values[version] = self._store.read(version).reveal()
                except StoreError as error:
                    if version in current:
                        raise
                    # One that is on its way out, or not in yet, must not keep the others back.
                    _logger.warning("a key that is not current was left out: %s", error)
                    del until[version]
        # Moving a label may show as two changes, between which the previous version bears none:
        # only one that is missing twice in succession is dropped.
        missing = frozenset(self._until) - frozenset(until)
        lingering = missing - self._missed
        self._missed = lingering
        self._until = {**{version: self._until[version] for version in lingering}, **until}
        self._values = {version: self._values[version] for version in self._until}

    def try_refresh(self) -> None:
        """Ask the manager; its outage is not the endpoint's, so that what was known stays."""
        try:
            self.refresh()
        except StoreError as error:
            _logger.warning("keys not refreshed: %s", error)
        except Exception:  # the end of the thread that asks would freeze every key as it is
            _logger.exception("keys not refreshed")

    def living(self) -> list[ManagedKey]:
        """The keys that count now, each with its end."""
        return [
            ManagedKey(self._values[version], self._account, until)
            for version, until in self._until.items()
            if len(self._values[version]) >= MIN_KEY_LENGTH
        ]

    def _noticed_change(self, seen: Observation) -> datetime | None:
        """When this process saw the current version change, if it did."""
        before = self._seen.current
        if before and before[0].id != seen.current[0].id:
            return utc_now()
        return self._noticed


class ManagedKeys:
    """Keeps a key ring in step with the secret manager."""

    def __init__(
        self, environ: Mapping[str, str], variables: Mapping[str, Account], ring: KeyRing
    ) -> None:
        """Read every key once. Raises `SettingsError`: without its keys the endpoint is shut."""
        self._ring = ring
        self._interval = _seconds(environ, "SAMPLE_KEYS_REFRESH", 60.0)
        grace = timedelta(seconds=_seconds(environ, "SAMPLE_KEYS_GRACE", 3600.0))
        try:
            self._keys = [
                _Watched(open_store(_place(environ, variable)), account, grace)
                for variable, account in variables.items()
            ]
            for key in self._keys:
                key.refresh()
        except (ConfigError, StoreError) as error:
            raise SettingsError(f"Keys can't be read from the secret manager: {error}.") from None
        self._honour()
        for key, account in zip(self._keys, variables.values(), strict=True):
            if not key.living():
                raise SettingsError(
                    f"{account.name}'s key in the secret manager must be at least "
                    f"{MIN_KEY_LENGTH} characters long."
                )

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        """Refresh for as long as the application runs."""
        ended = threading.Event()
        # A daemon: shutting down does not wait for a manager that is slow to answer.
        threading.Thread(target=self._keep_fresh, args=(ended,), daemon=True).start()
        try:
            yield
        finally:
            ended.set()

    def _keep_fresh(self, ended: threading.Event) -> None:
        while not ended.wait(self._interval):
            for key in self._keys:
                key.try_refresh()
            self._honour()

    def _honour(self) -> None:
        self._ring.honour(pair for key in self._keys for pair in key.living())


def _place(environ: Mapping[str, str], variable: str) -> Place:
    manager, _, secret = environ[f"{variable}_SECRET"].partition(":")
    url = environ.get("SAMPLE_SECRETS_URL", "")
    if not secret or not url:
        raise SettingsError(
            f"{variable}_SECRET must read MANAGER:NAME, and SAMPLE_SECRETS_URL be set."
        )
    return Place(
        manager=manager,
        secret=secret,
        url=url,
        region=environ.get("SAMPLE_SECRETS_REGION", ""),
        field=environ.get("SAMPLE_SECRETS_FIELD", ""),
        mount=environ.get("SAMPLE_SECRETS_MOUNT", "secret"),
    )


def _seconds(environ: Mapping[str, str], variable: str, otherwise: float) -> float:
    try:
        seconds = float(environ.get(variable) or otherwise)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < 10**8:
        raise SettingsError(f"{variable} must be a number of seconds.")
    return seconds
