"""The callers of the endpoint, and their keys as the environment gives them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MIN_KEY_LENGTH = 16


class Role(str, Enum):
    """What an account may do: use the models, or manage them too."""

    USER = "user"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Account:
    """One caller."""

    name: str
    role: Role


class SettingsError(Exception):
    """The environment does not hold what the endpoint needs; the message is one whole sentence."""


KEY_VARIABLES: Mapping[str, Account] = {
    "SAMPLE_KEY_ALICE": Account("alice", Role.USER),
    "SAMPLE_KEY_BOB": Account("bob", Role.USER),
    "SAMPLE_KEY_ADMIN": Account("admin", Role.ADMIN),
}


def load_accounts(
    environ: Mapping[str, str], elsewhere: Collection[str] = ()
) -> dict[str, Account]:
    """Return the accounts by key, without those whose variable is named in `elsewhere`.

    Each key is the value of its variable or, as clusters mount secrets, the content of the file
    that `<variable>_FILE` names. Raises `SettingsError` for a missing, short or repeated key.
    """
    accounts: dict[str, Account] = {}
    missing = []
    for variable, account in KEY_VARIABLES.items():
        if variable in elsewhere:
            continue
        key = _read_key(environ, variable)
        if not key:
            missing.append(variable)
        elif len(key) < MIN_KEY_LENGTH or not key.isascii():
            raise SettingsError(
                f"{variable} must be at least {MIN_KEY_LENGTH} ASCII characters long."
            )
        elif key in accounts:
            raise SettingsError(f"{variable} repeats the key of {accounts[key].name}.")
        else:
            accounts[key] = account
    if missing:
        raise SettingsError(f"API keys are missing: set {', '.join(missing)} in the environment.")
    return accounts


def _read_key(environ: Mapping[str, str], variable: str) -> str:
    key = environ.get(variable, "").strip()
    path = environ.get(f"{variable}_FILE", "")
    if key or not path:
        return key
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}_FILE cannot be read: {path}.") from error
