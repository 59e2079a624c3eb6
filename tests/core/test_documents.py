"""Our own files are read strictly, and what is wrong with one is said in a line."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from msgspec import Meta

from scanner.config import load_settings
from scanner.model.documents import (
    Document,
    DocumentFault,
    document_schema,
    read_document,
    read_json,
)
from scanner.model.errors import ConfigError


class Part(Document):
    count: Annotated[int, Meta(ge=0)] = 0
    word: Annotated[str, Meta(pattern=r"^[A-Z]+\Z")] = "A"


class Chosen(Document):
    way: Literal["in", "out"]


class Whole(Document):
    """A whole."""

    parts: tuple[Part, ...]
    named: dict[str, int] = {}  # noqa: RUF012 - copied for each value
    either: str | tuple[str, ...] = ()
    level: Literal["low", "high"] = "low"
    on: bool = False
    deep: dict[Literal["a", "b"], tuple[Chosen | None, ...]] = {}  # noqa: RUF012 - likewise
    day: date | None = None


class Deep(Document):
    parts: tuple[Deep, ...] = ()


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({}, "parts: is missing"),
        (None, "expected a table, got nothing"),
        ([], "expected a table, got a list"),
        ({"parts": {}}, "parts: expected a list, got a table"),
        ({"parts": [{}, {"count": "1"}]}, "parts.1.count: expected a whole number, got text"),
        ({"parts": [{"count": -1}]}, "parts.0.count: expected a whole number >= 0"),
        ({"parts": [{"count": True}]}, "parts.0.count: expected a whole number, got true or false"),
        ({"parts": [{"size": 1}]}, "parts.0.size: is no known key"),
        ({"parts": [], "named": {"a": 1.5}}, "named.*: expected a whole number, got a number"),
        ({"parts": [], "either": 1}, "either: expected text or a list, got a whole number"),
        ({"parts": [], "level": "mid"}, "level: 'mid' is none of high, low"),
        ({"parts": [], "deep": {"a": [{"way": "up"}]}}, "deep.*.0.way: 'up' is none of in, out"),
        ({"parts": [], "deep": {"c": []}}, "deep: 'c' is none of a, b"),
        ({"parts": [], "on": "yes"}, "on: expected true or false, got text"),
        (
            {"parts": [], "day": datetime(2026, 1, 1)},  # noqa: DTZ001 - as TOML may have it
            "day: expected a day (2026-12-31) or nothing, got a day with a time",
        ),
    ],
)
def test_a_fault_is_told_in_words(raw: object, told: str) -> None:
    with pytest.raises(DocumentFault) as caught:
        read_document(Whole, raw)
    assert str(caught.value) == told


@pytest.mark.parametrize("key", ["a` - at `$.parts", "$", "`", "x\ny", " - at `$`"])
def test_a_key_may_be_anything(key: str) -> None:
    with pytest.raises(DocumentFault) as caught:
        read_document(Whole, {"parts": [], key: 1})
    assert caught.value.unknown
    with pytest.raises(DocumentFault):
        read_document(Whole, {"parts": [], f"\ud800{key}": 1})


def test_text_may_hold_what_is_no_text() -> None:
    """As a file name that is no UTF-8 does."""
    assert read_document(Whole, {"parts": [], "either": "\ud800"}).either == "\ud800"


def test_a_pattern_ends_where_the_text_ends() -> None:
    """Python's `$` lets a line break follow, which in a header is another header."""
    with pytest.raises(DocumentFault, match="matching"):
        read_document(Part, {"word": "A\n"})
    schema = document_schema(Whole)
    checked = jsonschema.Draft202012Validator(schema)
    assert schema["$defs"]["Part"]["properties"]["word"]["pattern"] == "^[A-Z]+$"
    assert checked.is_valid({"parts": [{"word": "AB"}]})
    assert not checked.is_valid({"parts": [{"word": "Ab"}]})


@pytest.mark.parametrize("text", ["{", "", "nul", '{"parts": [', "[" * 100_000, '"\xff"'])
def test_what_is_no_json_is_a_fault(text: str) -> None:
    with pytest.raises(DocumentFault):
        read_json(Whole, text.encode("latin-1"))


def test_depth_is_no_crash() -> None:
    raw: Any = {}
    for _ in range(50_000):
        raw = {"parts": [raw]}
    with pytest.raises(DocumentFault):
        read_document(Deep, raw)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("header", 'header = "X-Key\\n"'),
        ("header", 'header = "X-Key\\r\\nX-Evil: 1"'),
        ("name", 'name = ""'),
        ("role", 'role = "root"'),
    ],
)
def test_a_settings_text_is_held_to_its_very_end(tmp_path: Path, key: str, text: str) -> None:
    path = tmp_path / "servegate.toml"
    name = "" if key == "name" else 'name = "a"\n'
    path.write_text(
        f'[endpoint]\nurl = "http://localhost"\n[[endpoint.identities]]\n{name}{text}\n'
    )
    with pytest.raises(ConfigError, match=rf"endpoint\.identities\.0\.{key}: "):
        load_settings(path, {})


@pytest.mark.parametrize(
    "text",
    [
        '[endpoint]\nport = "8000"',
        '[endpoint]\ninsecure = "true"',
        "[gate]\nallow_gaps = 1",
        'endpoint = "null"',
        'rotation = "null"',
        '[endpoint]\n[[endpoint.identities]]\nname = "a"\nlogin = "null"',
    ],
)
def test_settings_are_what_their_schema_says(tmp_path: Path, text: str) -> None:
    path = tmp_path / "servegate.toml"
    path.write_text(f"{text}\n")
    with pytest.raises(ConfigError, match="expected"):
        load_settings(path, {})
    path.write_text("[endpoint]\nstart_timeout = 5\n")
    endpoint = load_settings(path, {}).endpoint
    assert endpoint is not None
    assert endpoint.start_timeout == 5.0


def test_an_address_of_brackets_is_told_with_its_key(tmp_path: Path) -> None:
    path = tmp_path / "servegate.toml"
    path.write_text('[endpoint]\nurl = "http://[x"\n')
    with pytest.raises(ConfigError, match="endpoint: url is no address"):
        load_settings(path, {})


def test_the_schemas_are_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(json.dumps(document_schema(Whole))))
