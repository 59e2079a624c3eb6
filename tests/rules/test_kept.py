"""Our rules are read from YAML once, and are the same whatever became of the copy."""

from __future__ import annotations

import json
import sys
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from scanner.engines import _kept, _rulefiles
from scanner.engines._rulefiles import Rows, rule_rows

WHOLE = _rulefiles._read_rows()


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the copy is; its folder is there, the copy is not."""
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = Path(cache_from_source(_kept.__file__)).with_name("semgrep-rules.json")
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Gets an item each time that YAML is read."""
    times: list[str] = []

    def reading() -> Rows:
        times.append("read")
        return WHOLE

    monkeypatch.setattr(_rulefiles, "_read_rows", reading)
    return times


def test_they_are_read_once(copy: Path, read: list[str]) -> None:
    assert [rule_rows(), rule_rows(), rule_rows()] == [WHOLE] * 3
    assert len(read) == 1
    assert list(copy.parent.iterdir()) == [copy]


@pytest.mark.parametrize("left", ["nothing", "half", "other rules", "no JSON", "a folder"])
def test_a_broken_copy_is_made_anew(copy: Path, read: list[str], left: str) -> None:
    rule_rows()
    whole = copy.read_bytes()
    seal = whole.partition(b"\n")[0]
    other = json.dumps([["a.yaml", {"id": "none"}]]).encode()
    pieces = {"nothing": b"", "half": whole[: len(whole) // 2], "no JSON": seal + b"\n{"}
    copy.unlink()
    if left == "a folder":
        copy.mkdir()
    else:
        copy.write_bytes(pieces.get(left, seal + b"\n" + other))
    assert rule_rows() == WHOLE
    assert len(read) == 2
    assert list(copy.parent.iterdir()) == [copy]


def test_a_changed_rule_is_read_anew(
    copy: Path, read: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule_rows()
    changed = tmp_path / "changed.yaml"
    changed.write_text("rules: []\n")
    monkeypatch.setattr(_rulefiles, "rule_files", lambda: [changed])
    rule_rows()
    assert len(read) == 2
    assert copy.is_file()


def test_nothing_is_written_where_python_writes_none(
    copy: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert [rule_rows(), rule_rows()] == [WHOLE] * 2
    assert len(read) == 2
    assert list(copy.parent.iterdir()) == []


def test_it_does_without_a_folder(copy: Path, read: list[str]) -> None:
    copy.parent.rmdir()
    assert [rule_rows(), rule_rows()] == [WHOLE] * 2
    assert len(read) == 2


def test_what_changes_while_it_is_read_is_not_kept(copy: Path, tmp_path: Path) -> None:
    source = tmp_path / "table.toml"
    source.write_text("value = 1\n")

    def reading() -> object:
        source.write_text("value = 2\n")
        return {"value": 2}

    assert _kept.kept("table", [source], __file__, reading) == {"value": 2}
    assert list(copy.parent.iterdir()) == []
    source.write_text("value = 1\n")
    assert _kept.kept("table", [source], __file__, lambda: {"value": 1}) == {"value": 1}
