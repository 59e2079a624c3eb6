"""Every parser of foreign data: whatever it is given, an answer or its own error, and soon.

A document that is right is changed a little, many times, or made up. `FUZZ_EXAMPLES` says how often
(`make fuzz`); in the ordinary run it is a few hundred each, the same ones every time. What a search
led by coverage has come upon (`guided.py`) is tried each time too.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from scanner.engines._endpoint.spec import parse_spec
from tests.fuzz.mutations import nearly
from tests.fuzz.parsers import OPENAPI, PARSERS, Parser, holds

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*/*"))


@pytest.mark.parametrize("url", ["http://[", "http://[::1", "//[x]/", "[", "http://a]b/"])
def test_a_server_that_is_no_address_is_no_prefix(url: str) -> None:
    made = parse_spec(json.dumps({**OPENAPI, "servers": [{"url": url}]}), "x")
    assert made.operations[0].path == "/jobs/{id}"


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_it_takes_what_is_right(parser: Parser, tmp_path: Path) -> None:
    parser.parse(parser.right(), tmp_path)


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_whatever_it_is_given(parser: Parser, tmp_path: Path) -> None:
    for number in range(EXAMPLES):
        given = nearly(parser.seed, random.Random(f"{parser.name} {number}"))
        try:
            holds(parser, given, tmp_path)
        except Exception as error:
            raise AssertionError(f"number {number}: {given[:2000]!r}") from error


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: f"{file.parent.name}-{file.name}")
def test_what_was_come_upon(file: Path, tmp_path: Path) -> None:
    (parser,) = (one for one in PARSERS if one.folder == file.parent.name)
    holds(parser, file.read_bytes(), tmp_path)
