"""Runs the real command as a user would, and reads what it wrote."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CASES = Path(__file__).parents[1] / "cases"


@dataclass(frozen=True)
class Done:
    """How a command ended; `result` is its result.json, if it wrote one."""

    code: int
    stdout: str
    stderr: str
    seconds: float
    out: Path
    result: dict[str, Any]

    @property
    def text(self) -> str:
        return self.stdout + self.stderr

    def engine(self, name: str) -> dict[str, Any]:
        return next(row for row in self.result["engines"] if row["name"] == name)

    def rules(self) -> set[str]:
        found = self.result["findings"]
        return {source["rule_id"] for entry in found for source in entry["sources"]}


def servegate(
    *words: str | Path, cwd: Path, out: Path | None = None, env: dict[str, str] | None = None
) -> Done:
    """Run `servegate scan` (words follow) in `cwd`, with reports in `out`."""
    folder = out or cwd / "servegate-report"
    argv = [sys.executable, "-m", "scanner", "scan", *map(str, words), "--out", str(folder)]
    return run(argv, cwd, folder, env)


def run(argv: list[str], cwd: Path, out: Path, env: dict[str, str] | None = None) -> Done:
    began = time.monotonic()
    done = subprocess.run(
        argv,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=180,
        check=False,
    )
    seconds = time.monotonic() - began
    path = out / "result.json"
    result = json.loads(path.read_text()) if path.exists() else {}
    return Done(done.returncode, done.stdout, done.stderr, seconds, out, result)


def case(name: str, tmp_path: Path) -> Path:
    """A private copy of a case; its `setup.sh` has been run where it has one."""
    folder = tmp_path / name
    shutil.copytree(CASES / name, folder)
    if list(folder.glob("*.py")):
        # The few lines of HTTP that every case's server stands on.
        shutil.copy(CASES / "mini.py", folder)
    if (folder / "setup.sh").exists():
        subprocess.run(["sh", "setup.sh", str(folder / "made")], cwd=folder, check=True)
    return folder


def processes_in(folder: Path) -> list[str]:
    """Command lines of living processes that have `folder` as their working folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink().is_relative_to(folder):
                    found.append((entry / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
    return found
