"""Bandit over several processes gives what it gives over one."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from scanner.engines.bandit import Bandit
from scanner.engines.bandit import engine as bandit
from scanner.inventory import take_inventory
from scanner.model.files import FileKind
from scanner.model.outcome import Completed
from scanner.model.plan import StaticTask
from scanner.model.protocols import ScanContext
from scanner.model.severity import Stage

CONTEXT = ScanContext(progress=lambda _: None, cancelled=threading.Event())


def scan(root: Path, monkeypatch: pytest.MonkeyPatch, cores: int) -> tuple[Completed, int]:
    """The outcome, and how many processes it took."""
    started: list[int] = []
    run = bandit._run

    def counted(*given: object) -> bytes:
        started.append(1)
        return run(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(bandit, "cores", lambda: cores)
    monkeypatch.setattr(bandit, "_run", counted)
    task = StaticTask(
        engine="bandit",
        stage=Stage.SAST,
        root=root,
        files=take_inventory(root).of(FileKind.PYTHON, FileKind.NOTEBOOK),
    )
    outcome = Bandit().scan(task, CONTEXT)
    monkeypatch.undo()
    return outcome, len(started)


def test_the_answer_does_not_depend_on_the_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(12):
        text = f"import yaml\nyaml.load(x{number})\nassert True\n" + "# padding\n" * 9_000
        (tmp_path / f"m{number}.py").write_text(text)
    (tmp_path / "-x ü.py").write_text("import pickle\npickle.loads(b)\n")
    (tmp_path / "broken.py").write_text("def (:\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_a.py").write_text("import yaml\nyaml.load(x)\n")
    one, single = scan(tmp_path, monkeypatch, 2)
    other, several = scan(tmp_path, monkeypatch, 8)
    assert (single, several) == (1, 2)
    assert one == other
    assert len(one.findings) >= 14


def test_little_work_is_not_shared_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("import pickle\npickle.loads(b)\n")
    assert scan(tmp_path, monkeypatch, 64)[1] == 1
