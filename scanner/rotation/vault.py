"""HashiCorp Vault, KV version 2: all parts of a key in one secret, each change one checked write.

KV v2 has versions and no labels, and clients read the newest. So a pending key can't be a version
of its own: it and the previous one are members beside the key (`value`, `value_pending`,
`value_previous`), and the member `servegate` says which is which. Every change is one write that
Vault refuses if another came between (check-and-set): there is never half a change.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, TypeVar

from msgspec.structs import replace

from scanner.model.values import Value
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

NOTES = "servegate"
_TIMEOUT = 10
_MOST_VERSIONS = 30
_MOST_MISSING = 3
_T = TypeVar("_T")


class _Parts(Value, kw_only=True):
    """What the member `servegate` says; `written` is the KV version that it was written with."""

    written: int
    current: Version
    pending: Version | None = None
    previous: Version | None = None
    record: Record | None = None


class _Page(Value, kw_only=True):
    """One KV version: its number, when it was made, and its members."""

    number: int
    made: datetime
    members: dict[str, Any]


class VaultStore:
    """One secret of a KV v2 mount; `field` names the member that holds the key."""

    def __init__(self, client: Any, mount: str, path: str, field: str) -> None:  # noqa: ANN401
        self._client = client
        self._mount = mount
        self._path = path
        self._field = field

    @property
    def name(self) -> str:
        """The manager's name and the key's."""
        return f"vault:{self._mount}/{self._path}"

    def observe(self) -> Observation:
        """Which parts there are."""
        parts = self._parts(self._page())
        return Observation(
            current=(parts.current,),
            pending=(parts.pending,) if parts.pending else (),
            previous=(parts.previous,) if parts.previous else (),
            record=parts.record,
        )

    def read(self, version: str) -> Secret:
        """The value of a part, or of one that was revoked not many writes ago."""
        page = self._page()
        for number in range(page.number, max(0, page.number - _MOST_VERSIONS), -1):
            if number != page.number:
                older = self._page_or_none(number)
                if older is None:
                    continue
                page = older
            parts = self._parts(page)
            for part, member in self._members(parts).items():
                value = page.members.get(member)
                if part == version and isinstance(value, str) and value:
                    return Secret(value)
        raise ValueGone(f"{self.name}: there is no value of {version[:8]}")

    def create_pending(self, secret: Secret, current: str) -> None:
        """Write the new value beside the current one."""
        page, parts = self._now(current)
        version = Version(id=uuid.uuid4().hex, created=_utc_now())
        members = {**page.members, f"{self._field}_pending": secret.reveal()}
        self._write(page, members, replace(parts, pending=version))

    def promote(self, pending: str, current: str) -> None:
        """Move the values one place on, and note the time: one write."""
        page, parts = self._now(current)
        if parts.pending is None or parts.pending.id != pending:
            raise StoreError(f"{self.name}: {pending[:8]} is no longer pending; run again")
        members = dict(page.members)
        members[f"{self._field}_previous"] = members[self._field]
        members[self._field] = members.pop(f"{self._field}_pending")
        record = Record(current=pending, previous=current, promoted=_utc_now())
        changed = replace(
            parts, current=parts.pending, pending=None, previous=parts.current, record=record
        )
        self._write(page, members, changed)

    def note(self, record: Record) -> None:
        """Keep the record."""
        page, parts = self._now(record.current)
        self._write(page, page.members, replace(parts, record=record))

    def clear_pending(self, pending: str) -> None:
        """Drop the pending value."""
        page = self._page()
        parts = self._parts(page)
        if parts.pending and parts.pending.id == pending:
            self._write(page, self._without(page, "pending"), replace(parts, pending=None))

    def revoke(self, previous: str) -> None:
        """Drop the previous value."""
        page = self._page()
        parts = self._parts(page)
        if parts.previous and parts.previous.id == previous:
            self._write(page, self._without(page, "previous"), replace(parts, previous=None))

    def schedule(self) -> Schedule:
        """KV v2 changes nothing by itself."""
        return Schedule(enabled=None, told=("KV v2 has no rotation of its own",))

    def history(self) -> History:
        """How old the value is. Every change of a part is a version, so that repeats mean nothing:
        what counts as stored again is a previous key that is the same."""
        page = self._page()
        key = page.members.get(self._field)
        older: list[tuple[str | None, datetime]] = []
        missing = 0
        for number in range(page.number - 1, 0, -1):
            one = self._page_or_none(number)
            if one is None:
                missing += 1
                older.append((None, older[-1][1] if older else page.made))
                if missing == _MOST_MISSING:
                    break  # the rest was pruned
                continue
            older.append((one.members.get(self._field) or "", one.made))
            if older[-1][0] != key:
                break
        found = since_when((key, page.made), older)
        parts = self._parts(page)
        made = parts.current.created
        same = page.members.get(f"{self._field}_previous") == key
        if found.at_least and parts.record and parts.record.current == parts.current.id:
            # A rotation of ours made the value: its note stays when older pages are pruned.
            return History(made=made, since=min(made, found.since), copies=int(same))
        return replace(found, made=max(made, found.since), copies=int(same))

    def _now(self, current: str) -> tuple[_Page, _Parts]:
        page = self._page()
        parts = self._parts(page)
        if parts.current.id != current:
            raise StoreError(f"{self.name}: {current[:8]} is no longer current; run again")
        return page, parts

    def _members(self, parts: _Parts) -> dict[str, str]:
        """The member that holds the value of each part, by the part's id."""
        places = ((parts.current, ""), (parts.pending, "_pending"), (parts.previous, "_previous"))
        return {part.id: self._field + suffix for part, suffix in places if part}

    def _without(self, page: _Page, part: str) -> dict[str, Any]:
        gone = f"{self._field}_{part}"
        return {name: value for name, value in page.members.items() if name != gone}

    def _parts(self, page: _Page) -> _Parts:
        """What is written of the parts; where the key was changed by another, it is a new one."""
        if not isinstance(page.members.get(self._field), str) or not page.members[self._field]:
            raise StoreError(f"{self.name}: the secret has no text member {self._field!r}")
        alone = _Parts(
            written=page.number, current=Version(id=f"v{page.number}", created=page.made)
        )
        parts = _read_parts(page.members.get(NOTES))
        if parts is None or parts.written == page.number:
            return parts or alone
        ours = self._page_or_none(parts.written)
        if ours is not None and ours.members.get(self._field) == page.members[self._field]:
            return parts
        return alone

    def _page(self, number: int | None = None) -> _Page:
        said = self._call(
            lambda: self._client.secrets.kv.v2.read_secret_version(
                path=self._path,
                version=number,
                mount_point=self._mount,
                raise_on_deleted_version=True,
            )
        )
        try:
            data, metadata = said["data"]["data"], said["data"]["metadata"]
            made = _moment(metadata["created_time"])
            return _Page(number=int(metadata["version"]), made=made, members=dict(data))
        except (KeyError, TypeError, ValueError):
            raise StoreError(
                f"{self.name}: the answer is none of KV v2's; see url and mount"
            ) from None

    def _page_or_none(self, number: int) -> _Page | None:
        try:
            return self._page(number)
        except ValueGone:
            return None

    def _write(self, page: _Page, members: dict[str, Any], parts: _Parts) -> None:
        notes = _write_parts(replace(parts, written=page.number + 1))
        self._call(
            lambda: self._client.secrets.kv.v2.create_or_update_secret(
                path=self._path,
                secret={**members, NOTES: notes},
                cas=page.number,
                mount_point=self._mount,
            )
        )

    def _call(self, call: Callable[[], _T]) -> _T:
        """One call; what the library raises goes no further, for it may quote the answer."""
        from hvac.exceptions import InvalidPath, InvalidRequest, VaultError

        try:
            return call()
        except InvalidPath:
            raise ValueGone(f"{self.name}: there is no such value") from None
        except InvalidRequest:
            told = "refused, as for a write that another came before; run again"
        except VaultError as error:
            told = f"failed: {type(error).__name__}"
        except (OSError, ValueError) as error:
            told = f"gave no answer: {type(error).__name__}"
        raise StoreError(f"{self.name}: {told}")


def open_vault(url: str, mount: str, path: str, field: str = "") -> VaultStore:
    """A store at `url` and nowhere else; the token is in `VAULT_TOKEN` or `~/.vault-token`.

    Raises `LibraryMissing`.
    """
    try:
        import hvac
    except ImportError:
        raise LibraryMissing("hvac is not installed; install servegate[vault]") from None
    client = hvac.Client(url=url.rstrip("/"), timeout=_TIMEOUT, allow_redirects=False)
    client.adapter.session.trust_env = False
    return VaultStore(client, mount, path, field or "value")


def _read_parts(text: object) -> _Parts | None:
    """The member `servegate`; None where it is missing or not of our writing."""
    if not isinstance(text, str):
        return None
    try:
        said = json.loads(text)
        record = said.get("record")
        current = _version(said["current"])
        if current is None:
            return None
        return _Parts(
            written=int(said["written"]),
            current=current,
            pending=_version(said.get("pending")),
            previous=_version(said.get("previous")),
            record=None
            if record is None
            else Record(
                current=record["current"],
                previous=record["previous"],
                promoted=_moment(record["promoted"]),
                closed=bool(record["closed"]),
            ),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _version(said: Any) -> Version | None:  # noqa: ANN401 - out of JSON
    return None if said is None else Version(id=str(said["id"]), created=_moment(said["created"]))


def _write_parts(parts: _Parts) -> str:
    def shown(version: Version | None) -> dict[str, str] | None:
        if version is None:
            return None
        return {"id": version.id, "created": version.created.isoformat()}

    record = parts.record
    return json.dumps(
        {
            "written": parts.written,
            "current": shown(parts.current),
            "pending": shown(parts.pending),
            "previous": shown(parts.previous),
            "record": record
            and {
                "current": record.current,
                "previous": record.previous,
                "promoted": record.promoted.isoformat(),
                "closed": record.closed,
            },
        }
    )


def _moment(text: str) -> datetime:
    """RFC 3339 as Vault writes it, with nanoseconds."""
    head, dot, tail = text.replace("Z", "+00:00").partition(".")
    if dot:
        digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
        head = f"{head}.{digits[:6]:0<6}{tail[len(digits) :]}"
    return datetime.fromisoformat(head).astimezone(timezone.utc)


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)
