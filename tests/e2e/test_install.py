"""Installed into an environment of its own, the command does its whole work from anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "constraints.txt"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    argv = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(argv, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module", params=["pip", "uv", "pipx"])
def command(
    request: pytest.FixtureRequest, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """`servegate` as each installer puts it there, in the versions of constraints.txt."""
    home = tmp_path_factory.mktemp(request.param)
    environ = {**os.environ, "PIP_CONSTRAINT": str(CONSTRAINTS)}
    environ |= {"UV_TOOL_DIR": str(home / "tools"), "UV_TOOL_BIN_DIR": str(home / "bin")}
    environ |= {"PIPX_HOME": str(home / "tools"), "PIPX_BIN_DIR": str(home / "bin")}
    match request.param:
        case "pip":
            steps = [
                [sys.executable, "-m", "venv", str(home)],
                [str(home / "bin/python"), "-m", "pip", "install", "--quiet", str(wheel)],
            ]
        case "uv":
            words = ["tool", "install", "--quiet", "--constraints", str(CONSTRAINTS), str(wheel)]
            steps = [[beside("uv"), *words]]
        case _:
            words = ["install", "--quiet", "--python", sys.executable, str(wheel)]
            steps = [[beside("pipx"), *words]]
    for argv in steps:
        done = subprocess.run(argv, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    return home / "bin/servegate"


def beside(name: str) -> str:
    """A command of the environment that the tests run in."""
    return str(Path(sys.executable).with_name(name))


def run(command: Path, *words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    # Without this project's environment: what is used is what the installer brought.
    plain = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "LANG": "C.UTF-8", **env}
    argv = [str(command), *words]
    return subprocess.run(argv, cwd=cwd, env=plain, capture_output=True, text=True, check=False)


def test_it_scans_from_another_directory(command: Path, tmp_path: Path) -> None:
    (tmp_path / "serve.py").write_text("import pickle\nm = pickle.load(open('m.pkl', 'rb'))\n")
    (tmp_path / "Dockerfile").write_text("FROM python:latest\nCOPY . /app\n")
    (tmp_path / "main.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n')
    done = run(command, "scan", ".", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    result = json.loads((tmp_path / "servegate-report/result.json").read_text())
    states = {row["name"]: row["state"] for row in result["engines"]}
    assert {name: states[name] for name in ("bandit", "semgrep", "checkov")} == {
        "bandit": "completed",
        "semgrep": "completed",
        "checkov": "completed",
    }
    assert "<html" in (tmp_path / "servegate-report/report.html").read_text()


def test_doctor_tells_which_engines_are_used(command: Path, tmp_path: Path) -> None:
    own = run(command, "doctor", cwd=tmp_path, COLUMNS="400")
    assert own.returncode == 0, own.stdout + own.stderr
    elsewhere = tmp_path / "semgrep"
    elsewhere.write_text("#!/bin/sh\necho 9.9.9\n")
    elsewhere.chmod(0o755)
    other = run(command, "doctor", cwd=tmp_path, COLUMNS="400", SERVEGATE_SEMGREP=str(elsewhere))
    (line,) = [one for one in other.stdout.splitlines() if one.startswith("semgrep")]
    assert "9.9.9" in line
    assert f"{elsewhere} (named by SERVEGATE_SEMGREP)" in line
    gone = run(command, "doctor", cwd=tmp_path, COLUMNS="400", SERVEGATE_SEMGREP="/no/such")
    assert gone.returncode == 3
    assert "semgrep is not at /no/such, which SERVEGATE_SEMGREP names" in gone.stdout


@pytest.mark.parametrize(("manager", "extra"), [("vault", "vault"), ("azure", "azure")])
def test_what_an_extra_would_bring_is_said(
    command: Path, tmp_path: Path, manager: str, extra: str
) -> None:
    words = ["--manager", manager, "--manager-url", "http://127.0.0.1:9", "--secret", "s"]
    done = run(command, "rotate", *words, "--dry-run", cwd=tmp_path)
    assert done.returncode == 3
    assert f"install servegate[{extra}]" in done.stderr
