"""The whole way of a user, through the installed wheel: a model service of ours, from `init` to a
pull request."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
HERE = Path(__file__).parent
ROOT = HERE.parents[1]
IDENTITY = (
    '\n[[endpoint.identities]]\nname = "caller"\nheader = "X-API-Key"\n'
    'value_env = "API_KEY"\ngenerate = true\n'
)
OPEN_PORT = """
resource "aws_security_group" "ray" {
  name        = "ray"
  description = "Ray's dashboard"

  ingress {
    description = "Everybody"
    from_port   = 8265
    to_port     = 8265
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"""
BAD = (
    "import pickle\n\n\ndef load_other(path: str) -> object:\n"
    '    with open(path, "rb") as file:\n        return pickle.load(file)\n'
)


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`servegate` out of the wheel, in an environment of its own."""
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    home = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    pip = [str(home / "bin/python"), "-m", "pip", "install", "--quiet", str(wheel)]
    constraint = {"PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    subprocess.run(pip, check=True, env={**os.environ, **constraint})
    return home / "bin/servegate"


class User:
    """Somebody in a repository, with `python` that has what the service needs."""

    def __init__(self, command: Path, repo: Path) -> None:
        self.repo = repo
        self._command = command

    def servegate(self, *words: str) -> subprocess.CompletedProcess[str]:
        service = Path(sys.executable).parent
        environ = {"PATH": f"{service}:/usr/bin:/bin", "HOME": str(self.repo.parent)}
        return subprocess.run(
            [str(self._command), *words],
            cwd=self.repo,
            env={**environ, "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def git(self, *words: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", *who, *words], cwd=self.repo, check=True, capture_output=True)

    def commit(self, text: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", text)

    def scan(self, *words: str, code: int) -> dict[str, Any]:
        """A scan that ends so, and its result."""
        done = self.servegate("scan", *words)
        assert done.returncode == code, done.stdout + done.stderr
        result: dict[str, Any] = json.loads(
            (self.repo / "servegate-report/result.json").read_text()
        )
        return result


def rules(result: dict[str, Any], level: tuple[str, ...] = ("critical", "high")) -> set[str]:
    return {f["rule_id"] for f in result["findings"] if f["severity"] in level}


def states(result: dict[str, Any]) -> dict[str, str]:
    return {row["name"]: row["state"] for row in result["engines"]}


def test_from_init_to_a_pull_request(command: Path, tmp_path: Path) -> None:
    repo = tmp_path / "sentiment"
    shutil.copytree(HERE / "repo", repo)
    user = User(command, repo)
    user.git("init", "-qb", "main")
    (repo / ".gitignore").write_text("servegate-report/\n__pycache__/\n")

    # init: what is there is seen, and the pipeline's file is written.
    begun = user.servegate("init")
    assert begun.returncode == 0, begun.stderr
    assert "FastAPI in app/main.py" in begun.stdout
    assert user.servegate("init", "--ci", "github").returncode == 0
    assert (repo / ".github/workflows/servegate.yml").is_file()
    config = repo / "servegate.toml"
    config.write_text(config.read_text() + IDENTITY)
    user.commit("The service and its gate")

    # The gate fails, over code, infrastructure and the running endpoint.
    first = user.scan(code=1)
    found = rules(first)
    assert {"sast/unsafe-model-load", "iac/serving-port-open-to-world"} <= found
    assert "dast/missing-rate-limit" in found
    assert states(first)["probes"] == "completed"

    # What is found is explained, and mended; then it passes.
    name = next(f["fingerprint"] for f in first["findings"] if f["severity"] == "high")
    assert user.servegate("show", name).returncode == 0
    assert user.servegate("explain", "sast/unsafe-model-load").returncode == 0
    shutil.copytree(HERE / "fixed", repo, dirs_exist_ok=True)
    user.commit("Mended")
    mended = user.scan(code=0)
    assert rules(mended) == set()

    # Something that can't be mended today: a waiver with reason, owner and last day.
    with (repo / "infra/main.tf").open("a") as file:
        file.write(OPEN_PORT)
    failed = user.scan("--only", "sast,iac", code=1)
    (one,) = [f for f in failed["findings"] if f["rule_id"] == "iac/serving-port-open-to-world"]
    until = (datetime.now(timezone.utc) + timedelta(days=20)).date().isoformat()
    words = ["--reason", "closed with the move", "--owner", "ml-platform", "--until", until]
    assert user.servegate("waive", one["fingerprint"], *words).returncode == 0
    waived = user.scan("--only", "sast,iac", code=0)
    (same,) = [f for f in waived["findings"] if f["fingerprint"] == one["fingerprint"]]
    assert same["status"] == "suppressed"

    # Or what is there becomes the baseline, and only what is new blocks.
    (repo / "servegate-waivers.toml").unlink()
    user.scan("--only", "sast,iac", code=1)
    written = user.servegate("baseline", "write")
    assert written.returncode == 0, written.stderr
    (baseline,) = repo.glob("*baseline*")
    known = user.scan("--only", "sast,iac", "--baseline", baseline.name, code=0)
    assert {f["status"] for f in known["findings"]} == {"known"}
    user.commit("Known for now")

    # A pull request is judged by what it brings.
    user.git("switch", "-qc", "feature")
    (repo / "app/other.py").write_text(BAD)
    user.commit("Another loader")
    changed = user.scan(
        "--only", "sast,iac", "--baseline", "git:main", "--changed-since", "main", code=1
    )
    new = [f for f in changed["findings"] if f["status"] == "new"]
    assert {f["location"]["path"] for f in new} == {"app/other.py"}
    summary = (repo / "servegate-report/summary.md").read_text()
    assert "app/other.py" in summary
    (repo / "app/other.py").write_text("def load_other() -> None: ...\n")
    user.commit("Without pickle")
    passed = user.scan("--only", "sast,iac", "--baseline", "git:main", code=0)
    assert [f for f in passed["findings"] if f["status"] == "new"] == []

    # The verdict of the last scan can be had again, in another system's format.
    words = ["report", "servegate-report/result.json", "--format", "gitlab-codequality"]
    assert user.servegate(*words).returncode == 0
    assert list(repo.glob("servegate-report/gl-code-quality-report.json"))
