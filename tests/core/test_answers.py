from __future__ import annotations

import json

import pytest

from scanner.engines._answers import read_semgrep

ANSWER = '{"version": "1", "results": [], "errors": [{"message": "%s"}], "paths": {}}'


@pytest.mark.parametrize(
    ("quoted", "expected"),
    [
        ("plain", "plain"),
        (r"a\udce9b", "a\ufffdb"),
        (r"\ud83d\ude00", "\U0001f600"),
        (r"\ud83d \ude00", "\ufffd \ufffd"),
        (r"\\udce9", r"\udce9"),
        (r"\\\udce9", "\\\ufffd"),
        (r"é\n\udce9", "é\n\ufffd"),
    ],
)
def test_half_a_character_costs_no_answer(quoted: str, expected: str) -> None:
    document = read_semgrep((ANSWER % quoted).encode())
    assert document.errors[0].message == expected


def test_bytes_that_are_no_utf8_cost_no_answer() -> None:
    raw = (ANSWER % "x").encode().replace(b'"x"', b'"a\xe9b"')
    assert read_semgrep(raw).errors[0].message == "a\ufffdb"


def test_what_is_no_json_is_still_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        read_semgrep(json.dumps("x").encode()[:-1])
