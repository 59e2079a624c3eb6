"""What carries a secret does not show it; what can't be used is refused with one line."""

from __future__ import annotations

import builtins
import pickle
from datetime import datetime, timezone
from typing import Any

import pytest

from scanner.model.errors import ConfigError
from scanner.rotation.aws import read_record, write_record
from scanner.rotation.model import Record, Secret, StoreError
from scanner.rotation.stores import Place, open_store, refuse_clear_text


def test_a_secret_shows_itself_only_to_who_asks() -> None:
    secret = Secret("hunter2-hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "hunter2-hunter2"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@pytest.mark.parametrize("closed", [True, False])
def test_a_record_survives_its_tag(closed: bool) -> None:
    record = Record(
        current="a" * 36,
        previous="b" * 36,
        promoted=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=timezone.utc),
        closed=closed,
    )
    text = write_record(record)
    assert len(text) <= 256
    assert read_record(text) == record


@pytest.mark.parametrize("text", ["", "x", "current=a", "current=a previous=b promoted=x state=y"])
def test_a_tag_of_another_is_no_record(text: str) -> None:
    assert read_record(text) is None


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1", "http://vault.example", "ftp://x", "https://", "", "http://[::2]:1"]
)
def test_keys_do_not_travel_in_the_clear(url: str) -> None:
    with pytest.raises(ConfigError):
        refuse_clear_text(url, "the manager")


@pytest.mark.parametrize(
    "url", ["https://vault.example", "http://127.0.0.1:1", "http://localhost", "http://[::1]:1"]
)
def test_over_tls_or_on_this_machine_they_do(url: str) -> None:
    refuse_clear_text(url, "the manager")


@pytest.mark.parametrize(
    ("manager", "library"), [("aws", "boto3"), ("vault", "hvac"), ("azure", "azure")]
)
def test_a_missing_library_is_named_with_its_extra(
    manager: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *words: Any, **options: Any) -> Any:
        if name.split(".")[0] == library.split(".")[0]:
            raise ImportError(name)
        return real(name, *words, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(StoreError, match=rf"not installed; install servegate\[{manager}\]"):
        open_store(Place(manager=manager, secret="x", url="https://manager.example"))
