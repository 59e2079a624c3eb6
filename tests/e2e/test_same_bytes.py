"""The same scan gives the same bytes but for times, in every format; so does rendering again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner.model.scan import ScanResult
from scanner.reporters import NAMES, json_v1, reporter
from tests.e2e.command import Done, case, servegate
from tests.reporters.factory import STARTED

pytestmark = pytest.mark.e2e


def timeless(done: Done) -> ScanResult:
    scan = json_v1.load((done.out / "result.json").read_text("utf-8"))
    runs = tuple(replace(run, started=0.0, seconds=0.0) for run in scan.runs)
    return replace(scan, started=STARTED, ended=STARTED, runs=runs)


def test_the_same_scan_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = case("merge-two-scanners", tmp_path)
    words = ("repo", "--only", "bandit,semgrep,manifests", "--format", ",".join(NAMES))
    one = servegate(*words, cwd=folder, out=tmp_path / "one")
    two = servegate(*words, cwd=folder, out=tmp_path / "two")
    assert one.result["findings"]
    for name in NAMES:
        assert reporter(name).render(timeless(one)) == reporter(name).render(timeless(two)), name
    for name in ("findings.csv", "sonarqube.json", "defectdojo.json"):
        assert (one.out / name).read_bytes() == (two.out / name).read_bytes(), name


def test_rendered_again_a_report_has_the_same_bytes(tmp_path: Path) -> None:
    folder = case("report-junit-control-chars", tmp_path)
    done = servegate("repo", "--only", "bandit,semgrep", "--format", ",".join(NAMES), cwd=folder)
    again = tmp_path / "again"
    argv = [sys.executable, "-m", "scanner", "report", done.out / "result.json"]
    subprocess.run(
        [*argv, "--format", ",".join(NAMES), "--out", again], check=True, capture_output=True
    )
    names = {path.name for path in done.out.iterdir()}
    assert len(names) == len(NAMES)
    for name in names:
        assert (again / name).read_bytes() == (done.out / name).read_bytes(), name
    json.loads((again / "gl-sast-report.json").read_text())
