"""A hostile repository: nothing of it is run or obeyed, nothing out of it is read, all is named."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner import inventory
from scanner.inventory import take_inventory
from tests.e2e.command import Done, processes_in, run
from tests.hostile.repository import CONFIGS, ODD_NAMES, build

pytestmark = pytest.mark.e2e


class Scanned:
    """The one scan of the hostile repository, from inside it as CI does."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "repo"
        self.mark = folder / "sprung"
        self.out = folder / "out"
        build(self.root, self.mark)
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        command = Path(sys.executable).with_name("servegate")
        argv = [str(command), "scan", ".", "--only", "sast,iac", "--out", str(self.out)]
        # The folder itself is the first place where programs are looked for.
        path = f".{os.pathsep}{self.root}{os.pathsep}{os.environ['PATH']}"
        self.done: Done = run(
            argv, self.root, self.out, {"PATH": path, "TMPDIR": str(self.temporary)}
        )

    @property
    def gaps(self) -> dict[str, set[str]]:
        told: dict[str, set[str]] = {}
        for engine in self.done.result["engines"]:
            for gap in engine.get("gaps", []):
                told.setdefault(gap["subject"], set()).add(gap["reason"])
        return told


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanned]:
    folder = tmp_path_factory.mktemp("hostile")
    yield Scanned(folder)
    # Too deep for what pytest removes folders with.
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_it_ends_with_a_verdict_soon(scanned: Scanned) -> None:
    assert scanned.done.code == 1, scanned.done.text[-2000:]
    assert scanned.done.seconds < 120
    states = {row["name"]: row["state"] for row in scanned.done.result["engines"]}
    assert "failed" not in states.values(), states


def test_nothing_of_it_was_run(scanned: Scanned) -> None:
    assert not scanned.mark.exists(), scanned.mark.read_text()
    for folder in (scanned.root, scanned.root / "contents", scanned.root / "odd"):
        assert "sprung" not in {path.name for path in folder.iterdir()}


def test_the_weakness_that_its_configuration_hides_is_found(scanned: Scanned) -> None:
    found = {
        source["location"].get("path")
        for entry in scanned.done.result["findings"]
        for source in entry["sources"]
        if source["rule_id"] == "sast/B307" and entry["status"] != "suppressed"
    }
    assert "serve.py" in found
    assert "contents/bom.py" in found
    odd = [path for path in found if path and path.startswith("odd/")]
    assert len(odd) == len(ODD_NAMES)


@pytest.mark.parametrize("name", CONFIGS)
def test_each_configuration_is_named(scanned: Scanned, name: str) -> None:
    assert any(
        note.startswith(f"{name}: an engine's configuration")
        for note in scanned.done.result["notes"]
    )


def test_nothing_outside_was_read(scanned: Scanned) -> None:
    text = json.dumps(scanned.done.result)
    assert "secret.py" not in text
    excluded = json.dumps(scanned.done.result["excluded"])
    for name in ("out.py", "outside", "zero.py", "up"):
        assert f'"{name}"' in excluded, name


def test_what_was_not_looked_at_is_said(scanned: Scanned) -> None:
    for name in ("huge.py", "huge.tf", "nul.py", "utf16.py", "nested.ipynb", "huge.ipynb"):
        assert f"contents/{name}" in scanned.gaps, name
    for name in ("bomb.pt", "bomb.joblib", "contents/huge.pkl"):
        assert name in scanned.gaps, name
    assert any("deep/" in subject for subject in scanned.gaps)


def test_reports_and_terminal_carry_no_control_characters(scanned: Scanned) -> None:
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", scanned.done.text)
    for line in scanned.done.text.splitlines():
        assert not line.startswith("::")
    for report in scanned.out.iterdir():
        data = report.read_bytes()
        assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", data), report.name
        assert b"<img src=x" not in data or report.suffix in {".json", ".sarif", ".md", ".txt"}


def test_nothing_is_left_behind(scanned: Scanned) -> None:
    assert not [path for path in scanned.temporary.iterdir() if path.name.startswith("servegate")]
    assert not processes_in(scanned.root)


def test_an_older_state_is_read_without_hooks_filters_or_helpers(scanned: Scanned) -> None:
    command = Path(sys.executable).with_name("servegate")
    words = ["scan", ".", "--only", "bandit", "--baseline", "git:HEAD", "--out", f"{scanned.out}2"]
    done = run([str(command), *words], scanned.root, Path(f"{scanned.out}2"))
    assert done.code in (1, 2, 3), done.text[-500:]
    assert done.seconds < 90
    assert not scanned.mark.exists(), scanned.mark.read_text()


def test_very_many_files_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "_MAX_FILES", 100)
    for number in range(150):
        (tmp_path / f"f{number}.py").touch()
    seen = take_inventory(tmp_path)
    assert "more than 100 files" in seen.unreadable[0].reason
