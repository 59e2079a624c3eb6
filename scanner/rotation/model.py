"""What a secret manager shows of a key, and what a rotation may do about it. No values of secrets.

A version is one of the key's values in the manager, known by the manager's id for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from scanner.model.errors import ServegateError
from scanner.model.values import Value


class RotationError(ServegateError):
    """The rotation stopped before its end; what was done stays as it is, and can be resumed."""


class StoreError(ServegateError):
    """The secret manager did not answer, refused, or holds something that can't be used."""


class LibraryMissing(StoreError):
    """The library for this manager is not installed."""


class ValueGone(StoreError):
    """The manager no longer gives out the value of this version."""


class Secret:
    """A key's value, which shows itself only to who asks for it by `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret([redacted])"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not to be pickled")


class Version(Value, kw_only=True):
    """One value of the key: the manager's id for it, and when it was made."""

    id: str
    created: datetime


class Record(Value, kw_only=True):
    """The last promotion: which version took over from which, and when the grace began.

    `closed` once the previous one was seen to be refused.
    """

    current: str
    previous: str
    promoted: datetime
    closed: bool = False


class Observation(Value, kw_only=True):
    """Which versions play which part; more than one where something went wrong."""

    current: tuple[Version, ...]
    pending: tuple[Version, ...] = ()
    previous: tuple[Version, ...] = ()
    record: Record | None = None


class Policy(Value, kw_only=True):
    """How a rotation goes about it.

    `grace` is how long the previous key stays valid. A key counts as accepted once the endpoint
    took it all through `settle`; that is waited for no longer than `patience`. Nothing is begun
    where the current key is younger than `not_before`.
    """

    grace: timedelta
    settle: timedelta = timedelta(seconds=10)
    patience: timedelta = timedelta(minutes=5)
    not_before: timedelta = timedelta()


def short(version: str) -> str:
    """A version's id as it is shown: enough to tell it from its siblings."""
    return version[:8]


def grace_began(seen: Observation) -> datetime:
    """When the one current version took over, as far as the manager tells.

    Without a record of ours that is its making: it can't have taken over before.
    """
    current = seen.current[0]
    record = seen.record
    return record.promoted if record and record.current == current.id else current.created


def honoured(
    seen: Observation, grace: timedelta, noticed: datetime | None = None
) -> dict[str, datetime | None]:
    """The versions that an endpoint takes, and until when: the previous one to the grace's end.

    `noticed` is when the endpoint itself saw the current version change, where it did.
    """
    until: dict[str, datetime | None] = {}
    if seen.current:
        began = grace_began(seen)
        recorded = seen.record is not None and seen.record.current == seen.current[0].id
        if noticed is not None and not recorded:
            began = max(began, noticed)
        until = {version.id: began + grace for version in seen.previous}
    return until | {version.id: None for version in (*seen.current, *seen.pending)}
