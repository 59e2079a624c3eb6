"""Workflows and hooks are valid, and safe by zizmor's rules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


def test_workflows_have_no_finding() -> None:
    done = run(f"{BIN}/zizmor", "--offline", "--no-progress", ".github")
    assert done.returncode == 0, done.stdout
    assert "No findings" in done.stdout


def test_workflows_fit_their_schema() -> None:
    files = [str(path) for path in WORKFLOWS]
    assert len(files) >= 2
    done = run(f"{BIN}/check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_by_commit() -> None:
    for path in WORKFLOWS:
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            for step in job["steps"]:
                if "uses" in step:
                    assert len(step["uses"].partition("@")[2]) == 40, step["uses"]


def test_no_input_reaches_a_shell_but_through_the_environment() -> None:
    for path in WORKFLOWS:
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            for step in job["steps"]:
                assert "${{" not in step.get("run", ""), step


def test_hooks_are_a_valid_manifest() -> None:
    done = run(f"{BIN}/pre-commit", "validate-manifest", ".pre-commit-hooks.yaml")
    assert done.returncode == 0, done.stdout
