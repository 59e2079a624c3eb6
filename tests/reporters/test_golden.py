"""One scan of every kind, rendered by every reporter, compared with a committed file."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.assets import templates_dir
from scanner.cli.schema import config_schema_text
from scanner.reporters import NAMES, reporter
from scanner.reporters.html import page_script, page_style
from scanner.reporters.json_v1 import json_schema_text, load
from tests.reporters.conftest import GOLDEN
from tests.reporters.factory import EXAMPLES

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "schema" / "result-v1.schema.json"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("example", ["few", "nothing"])
def test_report_is_as_committed(
    name: str, example: str, golden: Callable[[Path, str], None]
) -> None:
    renderer = reporter(name)
    golden(GOLDEN / example / renderer.filename, _bare(renderer.render(EXAMPLES[example]())))


def _bare(text: str) -> str:
    """A page without its style and script: those are files of their own, with their own tests."""
    for part, mark in ((page_style, "[style]"), (page_script, "[script]")):
        text = text.replace(part(templates_dir()), mark)
    return re.sub(r"sha256-[\w+/]{43}=", "sha256-[digest]", text)


def test_schema_is_as_committed(golden: Callable[[Path, str], None]) -> None:
    golden(SCHEMA, json_schema_text())


def test_config_schema_is_as_committed(golden: Callable[[Path, str], None]) -> None:
    golden(SCHEMA.with_name("config.schema.json"), config_schema_text())


def test_no_golden_file_is_left_over() -> None:
    expected = {
        f"{example}/{reporter(name).filename}" for example in ("few", "nothing") for name in NAMES
    }
    assert {str(path.relative_to(GOLDEN)) for path in GOLDEN.rglob("*.*")} == expected


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("example", EXAMPLES)
def test_result_file_gives_the_same_report(name: str, example: str) -> None:
    scan = EXAMPLES[example]()
    again = load(reporter("json").render(scan))
    assert reporter(name).render(again) == reporter(name).render(scan)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("example", EXAMPLES)
def test_report_is_utf8_and_the_same_each_time(name: str, example: str) -> None:
    first = reporter(name).render(EXAMPLES[example]())
    assert first.encode("utf-8")
    assert reporter(name).render(EXAMPLES[example]()) == first


@pytest.mark.parametrize("name", [name for name in NAMES if name != "json"])
def test_no_control_character_reaches_a_report(name: str) -> None:
    text = reporter(name).render(EXAMPLES["hostile"]())
    unseen = {char for char in text if ord(char) < 0x20 and char not in "\t\n"}
    reordering = {char for char in text if char in "\x7f\x9b\u202e\u2066\u2069\ufeff\uffff"}
    assert (unseen, reordering) == (set(), set())


def test_unknown_name_is_refused() -> None:
    with pytest.raises(KeyError):
        reporter("pdf")


def test_naming_reporters_loads_none_of_what_they_bring_along() -> None:
    code = (
        "import sys, scanner.reporters; "
        "print(sorted({'pydantic', 'jinja2', 'xml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
