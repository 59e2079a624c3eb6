"""Profiles of the callers, and the vouchers that fill their credits."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sample_endpoint.core.accounts import Account

VOUCHERS: Mapping[str, int] = {"WELCOME-50": 50}
"""Credits by voucher code. A voucher is meant to count once for each account."""


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """What the server keeps of an account."""

    name: str
    display_name: str
    role: str
    credits: int = 0


class ProfileStore:
    """All profiles of one server process; safe to use from several threads."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._lock = threading.Lock()
        self._profiles = {
            account.name: StoredProfile(account.name, account.name.title(), account.role.value)
            for account in accounts
        }
        self._redeemed: set[tuple[str, str]] = set()

    def get(self, name: str) -> StoredProfile:
        """Return the profile of an account."""
        with self._lock:
            return self._profiles[name]

    def save(self, profile: StoredProfile) -> StoredProfile:
        """Replace a profile and return it."""
        with self._lock:
            self._profiles[profile.name] = profile
        return profile

    def add_credits(self, name: str, amount: int) -> StoredProfile:
        """Raise the credits of an account."""
        with self._lock:
            profile = self._profiles[name]
            self._profiles[name] = replace(profile, credits=profile.credits + amount)
            return self._profiles[name]

    def claim(self, name: str, code: str) -> bool:
        """Mark a voucher as used by an account; say whether this was the first use.

        One step under one lock, so that two requests at once cannot both be first.
        """
        with self._lock:
            if (name, code) in self._redeemed:
                return False
            self._redeemed.add((name, code))
            return True
