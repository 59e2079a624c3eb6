"""Declarations and markers agree, and the static engines that run alone confirm them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sample_endpoint.ground_truth import (
    FOLDER,
    CodePlace,
    GroundTruthError,
    OperationPlace,
    Weakness,
    load_weaknesses,
)

DECLARATION = """
[[weakness]]
id = "{id}"
title = "Something"
posture = "vulnerable"
file = "vulnerable/app.py"
owasp = []
cwe = "CWE-1"
engine = "bandit"
rule = "sast/B101"
"""


def static_weaknesses(engine: str) -> list[Weakness]:
    return [weakness for weakness in load_weaknesses() if weakness.engine == engine]


def write(folder: Path, declarations: str, code: str) -> Path:
    (folder / "weaknesses.toml").write_text(declarations, encoding="utf-8")
    (folder / "vulnerable").mkdir()
    (folder / "vulnerable" / "app.py").write_text(code, encoding="utf-8")
    return folder


def test_marked_line_is_resolved(tmp_path: Path) -> None:
    code = "x = 1\nassert x  # weakness: one, two\n"
    text = DECLARATION.format(id="one") + DECLARATION.format(id="two")
    loaded = load_weaknesses(write(tmp_path, text, code))
    assert [weakness.place for weakness in loaded] == [CodePlace("app.py", 2)] * 2


@pytest.mark.parametrize(
    ("declarations", "code", "message"),
    [
        (DECLARATION.format(id="one"), "x = 1\n", "no marker"),
        (DECLARATION.format(id="one") * 2, "x = 1  # weakness: one\n", "declared more than once"),
        ("", "x = 1  # weakness: one\n", "not declared"),
        (
            DECLARATION.format(id="one"),
            "x = 1  # weakness: one\ny = 2  # weakness: one\n",
            "marked more than once",
        ),
        (DECLARATION.format(id="one").replace("bandit", "grep"), "", "unknown engine"),
        (DECLARATION.format(id="one") + 'operation = "*"', "", "file or operation"),
        ("[[weakness]]\nid = 1", "", "needs the texts"),
    ],
)
def test_disagreement_is_an_error(
    tmp_path: Path, declarations: str, code: str, message: str
) -> None:
    with pytest.raises(GroundTruthError, match=message):
        load_weaknesses(write(tmp_path, declarations, code))


def test_any_operation_covers_each_and_a_named_one_only_itself() -> None:
    assert OperationPlace("*").covers("GET /health")
    assert OperationPlace("GET /health").covers("GET /health")
    assert not OperationPlace("GET /health").covers("GET /v1/me")


def test_bandit_sees_what_is_declared_for_it_and_nothing_in_the_hardened_posture() -> None:
    parts = [str(FOLDER / part) for part in ("core", "hardened", "vulnerable")]
    command = [sys.executable, "-m", "bandit", "-q", "-r", "-f", "json", *parts]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    places: dict[tuple[str, str, int], bool] = {}
    for found in json.loads(run.stdout)["results"]:
        file = Path(found["filename"]).relative_to(FOLDER)
        assert file.parts[0] == "vulnerable"
        for line in found["line_range"]:
            places[f"sast/{found['test_id']}", file.name, line] = True
    for weakness in static_weaknesses("bandit"):
        assert isinstance(weakness.place, CodePlace)
        assert (weakness.rule, weakness.place.file, weakness.place.line) in places, weakness.id


@pytest.mark.e2e
def test_checkov_sees_what_is_declared_for_it_and_nothing_in_the_hardened_posture(
    tmp_path: Path,
) -> None:
    program = shutil.which("checkov", path=str(Path(sys.executable).parent))
    assert program is not None
    command = [program, "-d", str(FOLDER), "--framework", "terraform", "kubernetes"]
    run = subprocess.run(
        [*command, "--skip-download", "-o", "json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    spans = []
    for report in json.loads(run.stdout):
        assert report["results"]["parsing_errors"] == []
        assert report["results"]["skipped_checks"] == []
        for found in report["results"]["failed_checks"]:
            file = Path(found["file_abs_path"]).relative_to(FOLDER)
            assert file.parts[0] == "vulnerable", found["check_id"]
            first, last = found["file_line_range"]
            name = Path(*file.parts[1:]).as_posix()
            spans.append((f"iac/{found['check_id']}", name, range(first, last + 1)))
    for weakness in static_weaknesses("checkov"):
        place = weakness.place
        assert isinstance(place, CodePlace)
        assert any(
            rule == weakness.rule and name == place.file and place.line in lines
            for rule, name, lines in spans
        ), weakness.id
