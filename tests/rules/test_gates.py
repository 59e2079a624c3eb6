"""Large files: the searches that gate our rules are decided without Semgrep's limits."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanner.engines._gates import LARGE, gates, resolved
from scanner.engines._rulefiles import rule_rows
from scanner.engines._workspace import stage
from scanner.engines.semgrep import Semgrep, engine
from scanner.model.plan import SourceFile, StaticTask
from scanner.model.protocols import ScanContext
from scanner.model.severity import Stage
from tests.e2e.command import servegate

ROWS = [row for _, row in rule_rows()]
FOUND = {"pattern-inside": {"pattern-regex": r"(?s)\A.*\bmd5\b.*"}}
ABSENT = {"pattern-inside": {"pattern-regex": r"(?s)\A.*\bsha1\b.*"}}
CALL = {"pattern": "f(...)"}
TEXT = "import md5\n"


def conjunction(*parts: dict[str, Any]) -> list[dict[str, Any]]:
    return resolved([{"id": "a-b", "patterns": list(parts)}], TEXT)


def test_a_search_that_succeeds_is_taken_out() -> None:
    assert conjunction(FOUND, CALL) == [{"id": "a-b", "patterns": [CALL]}]


def test_a_search_that_fails_takes_its_rule_out() -> None:
    assert conjunction(ABSENT, CALL) == []


def test_a_search_that_must_fail() -> None:
    negative = [{"pattern-not-inside": part["pattern-inside"]} for part in (FOUND, ABSENT)]
    assert conjunction(CALL, negative[0]) == []
    assert conjunction(CALL, negative[1]) == [{"id": "a-b", "patterns": [CALL]}]


def test_an_alternative_that_cannot_match_is_dropped() -> None:
    either = {"pattern-either": [{"patterns": [ABSENT, CALL]}, {"pattern": "g()"}]}
    assert conjunction(either) == [
        {"id": "a-b", "patterns": [{"pattern-either": [{"pattern": "g()"}]}]}
    ]


def test_a_taint_rule_without_sources_is_dropped() -> None:
    row = {
        "id": "a-b",
        "pattern-sources": [{"patterns": [ABSENT, CALL]}],
        "pattern-sinks": [CALL],
        "pattern-propagators": [{"patterns": [ABSENT, CALL], "from": "$A", "to": "$B"}],
    }
    assert resolved([row], TEXT) == []
    row["pattern-sources"] = [CALL]
    assert resolved([row], TEXT) == [
        {"id": "a-b", "pattern-sources": [CALL], "pattern-sinks": [CALL]}
    ]


def test_every_search_of_our_rules_is_one_that_python_reads() -> None:
    searches = gates(ROWS)
    assert len(searches) > 50
    for search in searches:
        re.compile(search)


def test_whatever_begins_with_the_file_is_decided_here() -> None:
    begins = {regex for regex in regexes(ROWS) if r"\A" in regex}
    assert len(begins) > 50
    assert begins == gates(ROWS)


def regexes(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("pattern-regex"), str):
            yield node["pattern-regex"]
        for part in node.values():
            yield from regexes(part)
    elif isinstance(node, list):
        for part in node:
            yield from regexes(part)


def test_no_search_of_the_whole_file_is_left() -> None:
    everything = "\n".join(
        path.read_text() for path in Path("rules/semgrep").rglob("*") if path.suffix == ".py"
    )
    for text in ("", everything):
        rows = resolved(ROWS, text)
        assert gates(rows) == set(), json.dumps(rows)[:200]


SAMPLES = sorted(
    path
    for path in Path("rules/semgrep").rglob("*")
    if path.suffix not in (".yaml", ".pyc") or "compose" in path.name
    if path.is_file() and path.stat().st_size < LARGE
)


@pytest.mark.e2e
@pytest.mark.parametrize("at", range(0, len(SAMPLES), 4))
def test_few_files_are_looked_at_as_if_they_were_many(
    tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole files, and halves that are none of their language."""
    files = []
    for path in SAMPLES[at : at + 4]:
        text = path.read_bytes()
        for name, content in ((path.name, text), (f"half-{path.name}", text[: len(text) // 2])):
            (tmp_path / name).write_bytes(content)
            files.append(SourceFile(path=name, size=len(content)))
    task = StaticTask(
        engine="semgrep", stage=Stage.SAST, root=tmp_path, files=tuple(files), deadline=60
    )
    context = ScanContext(cancelled=threading.Event(), progress=lambda _: None)
    few = Semgrep().scan(task, context)
    monkeypatch.setattr(engine, "_FEW", 0)
    assert few == Semgrep().scan(task, context)


def test_rules_that_cannot_match_in_few_files_are_not_given(tmp_path: Path) -> None:
    """They are what takes the time after an edit of one file."""
    (tmp_path / "a.py").write_text("x = 1\n")
    workspace = stage(tmp_path, [SourceFile(path="a.py", size=6)], _made(tmp_path / "into"))
    assert 0 < len(engine._worth_a_try(rule_rows(), workspace, ["a.py"])) < len(ROWS) / 2


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


PADDING = 'def f{0}(a, b):\n    """Text that pads the file, {0}."""\n    return a + b * {0}\n'


@pytest.mark.e2e
@pytest.mark.parametrize("before", [True, False], ids=["pad-before", "pad-after"])
def test_a_file_of_a_megabyte_is_looked_at_by_all_rules(tmp_path: Path, before: bool) -> None:
    code = "\nimport hashlib, os, yaml, pickle\n\n\ndef work(data, cursor, owner, request):\n"
    code += "    hashlib.md5(data)\n"
    code += "    cursor.execute(f\"SELECT * FROM jobs WHERE owner = '{owner}'\")\n"
    code += '    os.system(request.args["name"])\n    pickle.loads(data)\n'
    code += '    self.client.get(request.args["url"])\n'
    padding = "".join(PADDING.format(number) for number in range(11_000))
    (tmp_path / "small.py").write_text(code)
    (tmp_path / "large.py").write_text(padding + code if before else code + padding)
    assert 1_000_000 > (tmp_path / "large.py").stat().st_size > 900_000 > LARGE
    done = servegate(".", "--only", "semgrep", cwd=tmp_path, out=tmp_path / "out")
    found: dict[str, list[str]] = {"small.py": [], "large.py": []}
    for entry in done.result["findings"]:
        for source in entry["sources"]:
            found[source["location"]["path"]].append(source["rule_id"])
    assert len(found["small.py"]) >= 5
    assert sorted(found["large.py"]) == sorted(found["small.py"])
    assert done.engine("semgrep").get("gaps", []) == []
