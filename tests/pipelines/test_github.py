"""Every `run:` step of the action, the reusable workflow and the starter, carried out."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.pipelines import pipeline_text
from tests.pipelines.runner import ON, ROOT, Runner, defaults, event, load
from tests.rotation.setting import served

pytestmark = pytest.mark.e2e
ACTION = load(ROOT / "action.yml")
WORKFLOW = load(ROOT / ".github/workflows/servegate.yml")
STARTER = ROOT / "rules/ci/github.yml"
BAD = "import pickle\nmodel = pickle.load(open('m.pkl', 'rb'))\n"
GOOD = "def answer() -> int:\n    return 1\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository whose main branch is clean."""
    repo = tmp_path / "work"
    repo.mkdir()
    (repo / "serve.py").write_text(GOOD)
    for words in (["init", "-qb", "main"], ["add", "-A"], ["commit", "-qm", "first"]):
        git(repo, *words)
    git(repo, "update-ref", "refs/remotes/origin/main", "HEAD")
    return repo


def git(repo: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *who, *words], cwd=repo, check=True, capture_output=True)


@contextmanager
def api(tmp_path: Path, *refused: str) -> Iterator[tuple[str, Callable[[], list[Any]]]]:
    kept = tmp_path / f"comments{len(refused)}.jsonl"
    kept.touch()
    script = Path(__file__).parent / "github_api.py"
    argv: Callable[[int], list[str]] = lambda port: [  # noqa: E731
        sys.executable, str(script), str(port), str(kept), *refused
    ]  # fmt: skip
    with served(argv, tmp_path / "api.log", "/") as running:
        yield running.url, lambda: [json.loads(line) for line in kept.read_text().splitlines()]


def act(
    checkout: Path, temp: Path, kind: str, *, url: str = "", fork: bool = False, **given: Any
) -> Runner:
    payload, github = event(kind, fork=fork)
    runner = Runner(checkout, temp, payload, {**github, "api_url": url})
    runner.contexts["inputs"] = {
        **defaults(ACTION["inputs"], only="sast", **given),
        "token": "t0ken",
    }
    runner.steps(ACTION["runs"]["steps"])
    return runner


def outputs(runner: Runner, step: str) -> dict[str, str]:
    found: dict[str, str] = runner.contexts["steps"][step]["outputs"]
    return found


def test_the_action_on_a_push(checkout: Path, tmp_path: Path) -> None:
    runner = act(checkout, tmp_path / "temp", "push")
    assert runner.code == 0, runner.log
    assert outputs(runner, "scan") == {"verdict": "passed", "exit-code": "0"}
    assert "Passed" in runner.summary
    assert runner.used["github/codeql-action/upload-sarif"]["category"] == "servegate"
    assert runner.used["actions/upload-artifact"]["name"] == "servegate-report"
    assert "Comment on the pull request" not in runner.ran
    assert str(ROOT) in runner.installed
    assert "--constraint" in runner.installed


def test_the_comment_is_written_once_and_then_updated(checkout: Path, tmp_path: Path) -> None:
    with api(tmp_path) as (url, comments):
        first = act(checkout, tmp_path / "one", "pull_request", url=url)
        assert first.code == 0, first.log
        (checkout / "serve.py").write_text(BAD)
        second = act(checkout, tmp_path / "two", "pull_request", url=url)
        assert second.code == 1, second.log
        other = act(checkout, tmp_path / "three", "pull_request", url=url, name="api")
        written = comments()
    assert [one["method"] for one in written] == ["POST", "PATCH", "POST"]
    assert written[1]["path"].endswith("/issues/comments/1021")
    assert "unsafe-model-load" in written[1]["body"]
    assert written[2]["body"].startswith("<!-- servegate: api -->")
    assert outputs(second, "scan")["verdict"] == "failed"
    assert second.used["github/codeql-action/upload-sarif"]
    assert "t0ken" not in first.log + second.log + other.log


def test_a_fork_can_neither_comment_nor_alert_and_is_judged_all_the_same(
    checkout: Path, tmp_path: Path
) -> None:
    (checkout / "serve.py").write_text(BAD)
    with api(tmp_path, "403") as (url, comments):
        runner = act(checkout, tmp_path / "temp", "pull_request", url=url, fork=True)
        assert comments() == []
    assert runner.code == 1
    assert "may not comment here" in runner.log
    assert "github/codeql-action/upload-sarif" not in runner.used
    assert "Failed" in runner.summary


def test_a_flag_that_is_wrong_is_no_pass(checkout: Path, tmp_path: Path) -> None:
    runner = act(checkout, tmp_path / "temp", "push", fail_on="hgih")
    assert runner.code == 2
    assert outputs(runner, "scan")["verdict"] == ""
    assert "github/codeql-action/upload-sarif" not in runner.used
    assert "wrote no report" in runner.summary


HOSTILE = "$(touch owned); `touch owned` \"; touch owned; #' ${IFS}"


@pytest.mark.parametrize(
    "name",
    sorted({key.replace("-", "_") for key in ACTION["inputs"]} - {"python", "token", "only"}),
)
def test_no_input_is_run(checkout: Path, tmp_path: Path, name: str) -> None:
    act(checkout, tmp_path / "temp", "push", **{name: HOSTILE})
    assert not list(tmp_path.rglob("owned"))


def called(checkout: Path, tmp_path: Path, shards: int = 2, **given: Any) -> dict[str, Any]:
    """The jobs of the reusable workflow, one after the other, with their artefacts."""
    kind = given.pop("kind", "push")
    fork, url, lost = given.pop("fork", False), given.pop("url", ""), given.pop("lost", ())
    payload, github = event(kind, fork=fork)
    github["api_url"] = url
    call = WORKFLOW[ON]["workflow_call"]
    inputs = {**defaults(call["inputs"], **given), "shards": shards}
    jobs: dict[str, Any] = {}

    def job(folder: str, **contexts: Any) -> Runner:
        where = tmp_path / folder
        shutil.copytree(checkout, where / "work")
        runner = Runner(where / "work", where / "temp", payload, github)
        runner.contexts = {"inputs": inputs, "secrets": {}, **contexts}
        jobs[folder] = runner
        return runner

    plan = job("plan")
    plan.steps(WORKFLOW["jobs"]["plan"]["steps"])
    if plan.code:
        return jobs
    numbers = json.loads(plan.contexts["steps"]["shards"]["outputs"]["shards"])
    gate = job("gate")
    for number in numbers:
        runner = job(f"scan-{number}", matrix={"shard": number})
        runner.steps(WORKFLOW["jobs"]["scan"]["steps"])
        artefact = runner.used["actions/upload-artifact"]
        if number not in lost:
            # As the action does it: one artefact alone is unpacked without a folder of its name.
            alone = len(set(numbers) - set(lost)) == 1
            into = gate.temp / "shards" / ("" if alone else artefact["name"])
            shutil.copytree(runner.workspace / artefact["path"], into)
    shutil.rmtree(gate.workspace)
    gate.workspace.mkdir()
    gate.steps(WORKFLOW["jobs"]["gate"]["steps"])
    return jobs


def test_the_workflow_over_two_machines(checkout: Path, tmp_path: Path) -> None:
    (checkout / "serve.py").write_text(BAD)
    (checkout / "Dockerfile").write_text("FROM python:3.12\nRUN pip install x\n")
    jobs = called(checkout, tmp_path, upload_sarif=True, comment=True)
    assert [jobs[f"scan-{n}"].code for n in (1, 2)] == [0, 0], jobs["scan-1"].log
    gate = jobs["gate"]
    assert gate.code == 1, gate.log
    assert outputs(gate, "judge")["verdict"] == "failed"
    report = gate.workspace / "servegate-report"
    assert {"report.html", "result.json", "results.sarif", "evidence"} <= {
        one.name for one in report.iterdir()
    }
    assert "Failed" in gate.summary
    assert gate.used["github/codeql-action/upload-sarif"]["category"] == "servegate"
    assert "Comment on the pull request" not in gate.ran


def test_a_shard_that_is_missing_is_no_pass(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    whole = called(checkout, tmp_path / "a")
    assert whole["gate"].code == 0, whole["gate"].log
    (tmp_path / "b").mkdir()
    part = called(checkout, tmp_path / "b", lost=(2,))
    assert part["gate"].code == 3
    assert outputs(part["gate"], "judge")["verdict"] == "inconclusive"
    (tmp_path / "c").mkdir()
    none = called(checkout, tmp_path / "c", lost=(1, 2))
    assert none["gate"].code == 3
    assert "No shard wrote a result" in none["gate"].log


def test_the_workflow_on_a_pull_request_and_from_a_fork(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    given = {"kind": "pull_request", "shards": 1, "upload_sarif": True, "comment": True}
    with api(tmp_path) as (url, comments):
        jobs = called(checkout, tmp_path / "a", url=url, **given)
        assert jobs["gate"].code == 0, jobs["gate"].log
        assert len(comments()) == 1
    with api(tmp_path, "403") as (url, comments):
        fork = called(checkout, tmp_path / "b", url=url, fork=True, **given)
        assert fork["gate"].code == 0, fork["gate"].log
        assert "may not comment" in fork["gate"].log
        assert "github/codeql-action/upload-sarif" not in fork["gate"].used


@pytest.mark.parametrize("shards", ["0", "-1", "1000", "2; touch owned", "x"])
def test_a_number_of_shards_that_is_none(checkout: Path, tmp_path: Path, shards: Any) -> None:
    jobs = called(checkout, tmp_path, shards)
    assert set(jobs) == {"plan"}
    assert "shards must be a number" in jobs["plan"].log
    assert not list(tmp_path.rglob("owned"))


def test_jobs_have_no_more_rights_than_they_need() -> None:
    assert WORKFLOW["permissions"] == {}
    rights = {name: job["permissions"] for name, job in WORKFLOW["jobs"].items()}
    assert rights["plan"] == {}
    assert rights["scan"] == {"contents": "read"}
    assert set(rights["gate"]) == {"contents", "security-events", "pull-requests"}


@pytest.mark.parametrize(
    ("kind", "text", "code"), [("push", GOOD, 0), ("push", BAD, 1), ("pull_request", BAD, 1)]
)
def test_the_starter(checkout: Path, tmp_path: Path, kind: str, text: str, code: int) -> None:
    (checkout / "serve.py").write_text(text)
    payload, github = event(kind)
    runner = Runner(checkout, tmp_path / "temp", payload, github)
    (job,) = load(STARTER)["jobs"].values()
    runner.steps(job["steps"])
    assert runner.code == code, runner.log
    assert ("new" in runner.summary) is (kind == "pull_request")
    assert "servegate==" in runner.installed


def test_the_starter_names_this_version() -> None:
    assert "servegate==0." in pipeline_text("github.yml")
