"""Azure Key Vault: the newest version is the current one, and a pending key is a secret of its own.

Clients read a secret's newest version, so that a new one is current from its making: `NAME-pending`
holds the value until it is promoted. The new version's tags name where it came from and which one
it followed; to revoke a version is to disable it. The vault has no check-and-set: two runs at the
same moment are for the caller to avoid.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, TypeVar

from scanner.rotation.history import since_when
from scanner.rotation.model import (
    LibraryMissing,
    Observation,
    Record,
    Secret,
    StoreError,
    ValueGone,
    Version,
)
from scanner.rotation.ports import History, Schedule

FROM, FOLLOWED, STATE = "servegate-from", "servegate-followed", "servegate-state"
TOKEN_ENV = "AZURE_KEYVAULT_TOKEN"  # noqa: S105 - the variable's name
_TIMEOUT = 10
_MOST_VERSIONS = 30
_T = TypeVar("_T")


class AzureStore:
    """One secret of a vault."""

    def __init__(self, client: Any, name: str) -> None:  # noqa: ANN401
        self._client = client
        self._name = name
        self._pending_name = f"{name}-pending"

    @property
    def name(self) -> str:
        """The manager's name and the key's."""
        return f"azure:{self._name}"

    def observe(self) -> Observation:
        """Which versions there are, by what is enabled and by the tags of the newest."""
        current = self._newest()
        if current is None:
            return Observation(current=())
        tags = current.tags or {}
        followed = tags.get(FOLLOWED)
        others = [one for one in self._enabled(self._name) if one.version != current.version]
        previous = [one for one in others if one.version == followed] if followed else others[:1]
        pending = self._enabled(self._pending_name)[:1]
        promoted = bool(pending) and pending[0].version == tags.get(FROM)
        return Observation(
            current=(_version(current),),
            # What was promoted bears the mark still: the same key under two names.
            pending=(_version(current),) if promoted else tuple(map(_version, pending)),
            previous=tuple(map(_version, previous)),
            record=_record(current),
        )

    def read(self, version: str) -> Secret:
        """The value of one version; a disabled one gives none."""
        for name in (self._name, self._pending_name):
            try:
                found = self._call(lambda name=name: self._client.get_secret(name, version))  # type: ignore[misc]
            except ValueGone:
                continue
            if found.value:
                return Secret(found.value)
        raise ValueGone(f"{self.name}: there is no value of {version[:8]}")

    def create_pending(self, secret: Secret, current: str) -> None:
        """Keep the new value under the name of its own."""
        tags = {FOLLOWED: current}
        self._call(lambda: self._client.set_secret(self._pending_name, secret.reveal(), tags=tags))

    def promote(self, pending: str, current: str) -> None:
        """Make the value the newest version, which says in the same write what it followed."""
        newest = self._newest()
        if newest is None or newest.version != current:
            raise StoreError(f"{self.name}: {current[:8]} is no longer current; run again")
        value = self._call(lambda: self._client.get_secret(self._pending_name, pending)).value
        kept = {key: text for key, text in (newest.tags or {}).items() if key not in _OURS}
        tags = {**kept, FROM: pending, FOLLOWED: current, STATE: "grace"}
        self._call(
            lambda: self._client.set_secret(
                self._name, value, tags=tags, content_type=newest.content_type
            )
        )

    def note(self, record: Record) -> None:
        """The tags hold all but whether it is over."""
        newest = self._newest()
        if newest is None or newest.version != record.current:
            raise StoreError(f"{self.name}: {record.current[:8]} is no longer current; run again")
        state = "closed" if record.closed else "grace"
        tags = {**(newest.tags or {}), FOLLOWED: record.previous, STATE: state}
        self._update(self._name, record.current, tags=tags)

    def clear_pending(self, pending: str) -> None:
        """Disable what is pending, whichever of its two names it is called by."""
        newest = self._newest()
        tags = (newest.tags or {}) if newest else {}
        source = tags.get(FROM) if newest and newest.version == pending else pending
        for one in self._enabled(self._pending_name):
            if one.version == source:
                self._update(self._pending_name, one.version, enabled=False)

    def revoke(self, previous: str) -> None:
        """Disable the version."""
        self._update(self._name, previous, enabled=False)

    def schedule(self) -> Schedule:
        """A vault rotates keys and certificates, and no secrets."""
        return Schedule(enabled=None, told=("Key Vault has no rotation of its own for secrets",))

    def history(self) -> History:
        """How old the current value is, through the versions that are still enabled."""
        newest = self._newest()
        if newest is None:
            raise StoreError(f"{self.name}: no version is current")
        if FROM in (newest.tags or {}):
            # A rotation of ours made the value; what it followed is disabled, and not to be read.
            return History(made=_made(newest), since=_made(newest))
        versions = self._versions(self._name)
        older = [
            (self._value(one), _made(one))
            for one in versions[:_MOST_VERSIONS]
            if one.version != newest.version
        ]
        whole = len(versions) <= _MOST_VERSIONS
        return since_when((self._value(newest), _made(newest)), older, whole=whole)

    def _value(self, properties: Any) -> str | None:  # noqa: ANN401
        if not properties.enabled:
            return None
        try:
            return self.read(properties.version).reveal()
        except ValueGone:
            return None

    def _newest(self) -> Any:  # noqa: ANN401 - the library's properties
        """The version that a client gets; None where it is disabled."""
        try:
            return self._call(lambda: self._client.get_secret(self._name)).properties
        except ValueGone:
            if not self._versions(self._name):
                raise
            return None

    def _enabled(self, name: str) -> list[Any]:
        return [one for one in self._versions(name) if one.enabled]

    def _versions(self, name: str) -> list[Any]:
        """The newest first."""
        try:
            found = self._call(lambda: list(self._client.list_properties_of_secret_versions(name)))
        except ValueGone:
            return []
        return sorted(found, key=lambda one: (_made(one), one.version), reverse=True)

    def _update(self, name: str, version: str, **changes: Any) -> None:  # noqa: ANN401
        self._call(lambda: self._client.update_secret_properties(name, version, **changes))

    def _call(self, call: Callable[[], _T]) -> _T:
        """One call; what the library raises goes no further, for it may quote the answer."""
        from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError

        try:
            return call()
        except ResourceNotFoundError:
            raise ValueGone(f"{self.name}: there is no such value") from None
        except HttpResponseError as error:
            if error.status_code == 403 and "SecretDisabled" in str(error):
                raise ValueGone(f"{self.name}: the version is disabled") from None
            told = f"failed: status {error.status_code}"
        except (AzureError, OSError, ValueError) as error:
            told = f"gave no answer: {type(error).__name__}"
        raise StoreError(f"{self.name}: {told}")


_OURS = frozenset({FROM, FOLLOWED, STATE})


def open_azure(
    url: str,
    name: str,
    *,
    ambient: bool = False,
    transport: Any = None,  # noqa: ANN401 - the library's, for tests
) -> AzureStore:
    """A store at `url`; the access token is in `AZURE_KEYVAULT_TOKEN`, or with `ambient` fetched.

    Raises `LibraryMissing`, `StoreError`.
    """
    try:
        from azure.core.pipeline.transport import RequestsTransport
        from azure.keyvault.secrets import SecretClient
    except ImportError:
        raise LibraryMissing(
            "azure-keyvault-secrets is not installed; install servegate[azure]"
        ) from None
    client = SecretClient(
        url,
        _credential(ambient=ambient),
        transport=transport
        or RequestsTransport(
            use_env_settings=False, connection_timeout=_TIMEOUT, read_timeout=_TIMEOUT
        ),
        permit_redirects=False,
        retry_total=2,
    )
    return AzureStore(client, name)


def _credential(*, ambient: bool) -> Any:  # noqa: ANN401
    if ambient:
        try:
            from azure.identity import DefaultAzureCredential
        except ImportError:
            raise LibraryMissing(
                "azure-identity is not installed; install servegate[azure]"
            ) from None
        return DefaultAzureCredential()
    if not os.environ.get(TOKEN_ENV):
        raise StoreError(
            f"{TOKEN_ENV} is not set: put an access token for https://vault.azure.net there, or "
            "set ambient_credentials"
        )
    return _GivenToken()


class _GivenToken:
    """A token that the user fetched; it is asked for anew each time, and never kept."""

    def get_token(self, *_scopes: str, **_options: object) -> Any:  # noqa: ANN401
        """The library's form of a token."""
        from azure.core.credentials import AccessToken

        return AccessToken(os.environ.get(TOKEN_ENV, ""), int(time.time()) + 300)


def _version(properties: Any) -> Version:  # noqa: ANN401
    return Version(id=properties.version, created=_made(properties))


def _made(properties: Any) -> datetime:  # noqa: ANN401
    made: datetime = properties.created_on
    return made.astimezone(timezone.utc)


def _record(properties: Any) -> Record | None:  # noqa: ANN401
    tags = properties.tags or {}
    if STATE not in tags or FOLLOWED not in tags:
        return None
    return Record(
        current=properties.version,
        previous=tags[FOLLOWED],
        promoted=_made(properties),
        closed=tags[STATE] == "closed",
    )
