"""Shards of a real scan, merged: the same verdict and the same reports as one run gives."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.reporters import NAMES, reporter
from tests.e2e.command import Done, run, servegate
from tests.e2e.test_same_bytes import timeless

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = """\
on: pull_request_target
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {ref: "${{ github.event.pull_request.head.sha }}"}
      - run: make
"""
NOTEBOOK = (
    '{"cells": [{"cell_type": "code", "source": ["import pickle\\n", "pickle.loads(b)"]}],'
    ' "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
)


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of file, some that can't be read, waivers and comments, in a git repository."""
    folder = tmp_path_factory.mktemp("shards") / "repo"
    shutil.copytree(
        ROOT / "sample_endpoint" / "vulnerable",
        folder,
        ignore=shutil.ignore_patterns("__pycache__", "servegate.toml"),
    )
    (folder / "broken.py").write_text("def (:\n")
    (folder / "big.py").write_text("x = 1\n" * 2000)
    (folder / "quiet.py").write_text("import pickle\npickle.loads(b)  # nosec B301 - ours\n")
    (folder / "Dockerfile").write_text("FROM python:latest\nENV API_KEY=abcdefgh\nUSER root\n")
    (folder / "ünï code.py").write_text("import yaml\nyaml.load(x)\n")
    (folder / "explore.ipynb").write_text(NOTEBOOK)
    (folder / "more.tf").write_text('resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n')
    workflows = folder / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "ci.yml").write_text(WORKFLOW)
    (folder / "servegate.toml").write_text("[scan]\nmax_file_bytes = 8000\n")
    (folder / "servegate-waivers.toml").write_text(
        '[[waiver]]\nrule = "sast/*"\npath = "quiet.py"\nreason = "r"\nowner = "o"\n'
        "until = 2099-01-01\n\n"
        '[[waiver]]\nrule = "sast/nothing"\npath = "x"\nreason = "r"\nowner = "o"\n'
        "until = 2099-01-01\n"
    )
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid"]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *words], cwd=folder, check=True)
    (folder / "later.py").write_text("import pickle\n\n\ndef f(b):\n    return pickle.loads(b)\n")
    return folder


def merged(repo: Path, results: list[Path], out: Path) -> Done:
    argv = [sys.executable, "-m", "scanner", "merge", *map(str, results), "--out", str(out)]
    return run([*argv, "--format", ",".join(NAMES)], repo, out)


@pytest.mark.parametrize("flags", [(), ("--baseline", "git:main", "--policy", "pr")])
def test_the_merge_is_what_one_run_gives(
    repo: Path, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    words = (".", *flags, "--format", ",".join(NAMES))
    one = servegate(*words, cwd=repo, out=tmp_path / "one")
    shards = [
        servegate(*words, "--shard", f"{n}/3", cwd=repo, out=tmp_path / f"s{n}") for n in (1, 2, 3)
    ]
    assert [shard.code for shard in shards] == [0, 0, 0], shards[0].text
    assert all(shard.result["verdict"] != "passed" for shard in shards)
    whole = merged(repo, [shard.out / "result.json" for shard in shards], tmp_path / "m")
    assert whole.code == one.code, whole.text
    assert len(one.result["findings"]) > 20
    for name in NAMES:
        assert reporter(name).render(timeless(whole)) == reporter(name).render(timeless(one)), name

    part = merged(repo, [tmp_path / "s1" / "result.json"], tmp_path / "part")
    assert part.result["verdict"] in ("failed", "inconclusive")
    assert "of 3 shards" in str(part.result["reasons"]) or "shard 1 of 3" in str(
        part.result["reasons"]
    )


def test_parts_of_another_state_or_configuration_are_foreign(repo: Path, tmp_path: Path) -> None:
    words = (".", "--only", "bandit", "--fail-on", "critical", "--allow-gaps")
    first = servegate(*words, "--shard", "1/2", cwd=repo, out=tmp_path / "a")
    (repo / "later.py").write_text("x = 1\n")
    second = servegate(*words, "--shard", "2/2", cwd=repo, out=tmp_path / "b")
    results = [first.out / "result.json", second.out / "result.json"]
    done = merged(repo, results, tmp_path / "m")
    assert done.code == 3, done.text
    assert "is of another scan" in done.text
    again = servegate(*words, "--shard", "1/2", cwd=repo, out=tmp_path / "a")
    done = merged(repo, [again.out / "result.json", results[1]], tmp_path / "m")
    assert done.code == 0, done.text


def test_only_shards_are_merged(repo: Path, tmp_path: Path) -> None:
    done = servegate(".", "--only", "bandit", cwd=repo, out=tmp_path / "a")
    whole = merged(repo, [done.out / "result.json"], tmp_path / "m")
    assert whole.code == 2
    assert "only shards are merged" in whole.text
