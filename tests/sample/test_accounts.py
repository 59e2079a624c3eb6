"""Keys come from the environment, directly or as files, and must be worth something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sample_endpoint.core.accounts import Role, SettingsError, load_accounts
from tests.sample.running import KEYS

if TYPE_CHECKING:
    from pathlib import Path


def test_accounts_are_known_by_their_keys() -> None:
    accounts = load_accounts(KEYS)
    assert accounts[KEYS["SAMPLE_KEY_BOB"]].name == "bob"
    assert accounts[KEYS["SAMPLE_KEY_ADMIN"]].role is Role.ADMIN


def test_key_may_lie_in_a_file(tmp_path: Path) -> None:
    mounted = tmp_path / "alice"
    mounted.write_text("key-of-alice-from-a-file\n", encoding="utf-8")
    environment = KEYS | {"SAMPLE_KEY_ALICE": "", "SAMPLE_KEY_ALICE_FILE": str(mounted)}
    assert load_accounts(environment)["key-of-alice-from-a-file"].name == "alice"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"SAMPLE_KEY_BOB": "short"}, "SAMPLE_KEY_BOB must be at least 16 ASCII characters"),
        ({"SAMPLE_KEY_BOB": "ключ-ключ-ключ-ключ"}, "SAMPLE_KEY_BOB must be at least 16 ASCII"),
        ({"SAMPLE_KEY_BOB": KEYS["SAMPLE_KEY_ALICE"]}, "SAMPLE_KEY_BOB repeats the key of alice"),
        ({"SAMPLE_KEY_BOB": ""}, "set SAMPLE_KEY_BOB in the environment"),
        (
            {"SAMPLE_KEY_BOB": "", "SAMPLE_KEY_BOB_FILE": "/no/such/file"},
            "SAMPLE_KEY_BOB_FILE cannot be read: /no/such/file",
        ),
    ],
)
def test_poor_keys_are_refused(change: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        load_accounts(KEYS | change)
