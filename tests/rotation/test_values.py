"""What carries a secret does not show it; what can't be used is refused with one line."""

from __future__ import annotations

import builtins
import pickle
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.rotation_options import rotation_options
from scanner.config import Settings, load_settings
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


@pytest.mark.parametrize(
    ("rotation", "endpoint", "origin"),
    [
        ({"endpoint": "https://models.example/"}, {}, "https://models.example"),
        ({}, {"url": "http://127.0.0.1:8000/"}, "http://127.0.0.1:8000"),
        ({}, {"url": "https://m.example", "allow_hosts": ("m.example",)}, "https://m.example"),
    ],
)
def test_where_keys_are_tried(
    rotation: dict[str, Any], endpoint: dict[str, Any], origin: str
) -> None:
    options = rotation_options(settings(rotation, endpoint), None, Path())
    assert options is not None
    assert options.operation is not None
    assert (options.operation.origin, str(options.operation)) == (origin, "GET /v1/me")


@pytest.mark.parametrize(
    ("rotation", "endpoint", "told"),
    [
        ({}, {}, "where does the endpoint run"),
        ({}, {"command": "serve"}, "where does the endpoint run"),
        ({}, {"url": "https://m.example"}, "allow its host"),
        ({"endpoint": "http://m.example"}, {}, "over plain http"),
        ({"endpoint": "https://m.example", "try": ""}, {}, "which operation"),
    ],
)
def test_where_they_are_not(rotation: dict[str, Any], endpoint: dict[str, Any], told: str) -> None:
    options = rotation_options(settings(rotation, endpoint), None, Path())
    assert options is not None
    assert options.operation is None
    assert told in options.untried


def settings(rotation: dict[str, Any], endpoint: dict[str, Any]) -> Settings:
    base = {"manager": "aws", "url": "https://x.example", "secret": "alice", "try": "GET /v1/me"}
    return load_settings(None, {"rotation": base | rotation, "endpoint": endpoint})


def test_a_finding_is_placed_at_its_section(tmp_path: Path) -> None:
    config = tmp_path / "servegate.toml"
    config.write_text(
        "[gate]\n\n[rotation]\nmanager = 'aws'\nurl = 'https://x.example'\nsecret = 's'\n"
    )
    options = rotation_options(load_settings(config, {}), config, tmp_path)
    assert options is not None
    assert options.declared == ("servegate.toml", 3)
    outside = rotation_options(load_settings(config, {}), config, tmp_path / "repo")
    assert outside is not None
    assert outside.declared == ("servegate.toml", 3)


@pytest.mark.parametrize(
    ("key", "value"),
    [("manager", "gcp"), ("url", "x"), ("try", "me"), ("header", "X Key"), ("max_age_days", 0)],
)
def test_a_section_that_can_not_be_used_is_refused(key: str, value: object) -> None:
    with pytest.raises(ConfigError, match=rf"rotation\.{key}"):
        settings({key: value}, {})


def test_no_section_no_check() -> None:
    assert rotation_options(load_settings(None, {}), None, Path()) is None
