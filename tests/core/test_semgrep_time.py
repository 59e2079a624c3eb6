"""The time limit of the engine `semgrep` is one, over all of its runs."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from scanner.engines._gates import LARGE
from scanner.engines._process import cores
from scanner.engines.semgrep import Semgrep
from scanner.model.errors import ToolTimeout
from scanner.model.outcome import Completed, Partial
from scanner.model.plan import SourceFile, StaticTask
from scanner.model.protocols import ScanContext
from scanner.model.severity import Stage

LIMIT = 3
# Answers for a folder at once, for a large file only if it is called quick.
STAND_IN = """#!/bin/sh
for last; do :; done
case "$last" in
  *quick*) files="\\"$last\\"" ;;
  *.py) echo "$last" >> "$0.slow"; exec sleep 60 ;;
  *) files="\\"$last/small.py\\"" ;;
esac
printf '{"version": "999.0.0", "results": [], "errors": [], "paths": {"scanned": [%s]}}' "$files"
"""


def scan(folder: Path, monkeypatch: pytest.MonkeyPatch, *names: str) -> Completed | Partial:
    tool = folder / "semgrep"
    tool.write_text(STAND_IN)
    tool.chmod(0o755)
    monkeypatch.setenv("SERVEGATE_SEMGREP", str(tool))
    root = folder / "repo"
    root.mkdir()
    for name in names:
        text = "x = 1\n" if name == "small.py" else "x = 1\n" * (LARGE // 5)
        (root / name).write_text(text)
    files = tuple(SourceFile(path=name, size=(root / name).stat().st_size) for name in names)
    task = StaticTask(engine="semgrep", stage=Stage.SAST, root=root, files=files, deadline=LIMIT)
    return Semgrep().scan(task, ScanContext(cancelled=threading.Event(), progress=print))


def slow(folder: Path) -> list[str]:
    """The files that took the time."""
    return [Path(line).name for line in (folder / "semgrep.slow").read_text().splitlines()]


def test_large_files_share_the_time_of_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("a_quick.py", "b.py", "c.py", "d.py", "small.py")
    outcome = scan(tmp_path, monkeypatch, *names)
    # As many as there are cores may have begun, each once, and none after the time was over.
    begun = slow(tmp_path)
    assert begun
    assert len(begun) == len(set(begun)) <= cores()
    assert isinstance(outcome, Partial)
    assert outcome.targets == ("a_quick.py", "small.py")
    reason = "semgrep: not within the 3 s of the engine"
    assert [(gap.subject, gap.reason) for gap in outcome.gaps] == [
        (name, reason) for name in ("b.py", "c.py", "d.py")
    ]
    assert not any(map(Semgrep().lasting, outcome.gaps)), "another time it may be done"


def test_files_done_in_time_leave_no_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = scan(tmp_path, monkeypatch, "a_quick.py", "b_quick.py", "small.py")
    assert isinstance(outcome, Completed)


def test_no_answer_at_all_is_a_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolTimeout, match=r"semgrep did not end within 3 s"):
        scan(tmp_path, monkeypatch, "a.py", "b.py", "c.py")
    assert 0 < len(slow(tmp_path)) <= cores()
