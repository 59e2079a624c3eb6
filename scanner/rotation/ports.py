"""The two things that a rotation talks to."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from scanner.model.evidence import Exchange
from scanner.model.values import Value
from scanner.rotation.model import Observation, Record, Secret


class Schedule(Value, kw_only=True):
    """What the manager says of rotating by itself.

    `enabled` is None where the manager knows no such thing. `days` is 0 where it names no interval.
    """

    enabled: bool | None
    days: float = 0
    told: tuple[str, ...] = ()


class History(Value, kw_only=True):
    """How old the current value is: when its version was made, and since when it is the same.

    `copies` counts the earlier versions in a row that hold the same value. Where the versions
    before `since` are not to be read the value may be older: then it is `at_least` so old.
    """

    made: datetime
    since: datetime
    copies: int = 0
    at_least: bool = False


class Store(Protocol):
    """A key in a secret manager. Each change is idempotent: made twice, it is made once.

    All raise `StoreError`, which never holds a value.
    """

    @property
    def name(self) -> str:
        """What is shown: the manager's name and the key's."""
        ...

    def observe(self) -> Observation:
        """Which versions there are; reads no value where the manager allows that."""
        ...

    def read(self, version: str) -> Secret:
        """The value of one version."""
        ...

    def create_pending(self, secret: Secret, current: str) -> None:
        """Add a value that is to follow `current`."""
        ...

    def promote(self, pending: str, current: str) -> None:
        """Make the pending version the current one, and `current` the previous one.

        Fails where `current` is no longer current.
        """
        ...

    def note(self, record: Record) -> None:
        """Keep the record of a promotion."""
        ...

    def clear_pending(self, pending: str) -> None:
        """Take the mark of the pending version off."""
        ...

    def revoke(self, previous: str) -> None:
        """Take the previous version out of use."""
        ...

    def schedule(self) -> Schedule:
        """What the manager says of rotating by itself."""
        ...

    def history(self) -> History:
        """How old the current value is, though it may have been stored again meanwhile."""
        ...


class Answer(Value, kw_only=True):
    """What the endpoint made of a key: `status` 0 and a `fault` where no answer came."""

    status: int
    fault: str = ""
    exchange: Exchange | None = None

    @property
    def accepted(self) -> bool:
        """Whether the key opened the door."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the endpoint said no to the key itself."""
        return self.status in (401, 403)

    def __str__(self) -> str:
        return f"status {self.status}" if self.status else self.fault


class Door(Protocol):
    """The endpoint, as far as it takes or refuses keys."""

    @property
    def name(self) -> str:
        """The operation that is tried, as it is shown."""
        ...

    def try_key(self, secret: Secret, label: str) -> Answer:
        """Call the operation once with this key. Raises nothing."""
        ...
