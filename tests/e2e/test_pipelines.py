"""Workflows and hooks are valid, and safe by zizmor's rules."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.cli.pipelines import pipeline_text
from tests.e2e.command import servegate

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def component(path: Path) -> str:
    """The jobs of a GitLab component, with the defaults of its inputs."""
    head, _, body = path.read_text().partition("\n---\n")
    for name, entry in yaml.safe_load(head)["spec"]["inputs"].items():
        body = body.replace(f"$[[ inputs.{name} ]]", str(entry["default"]) or "''")
    return body


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)


def test_workflows_have_no_finding(tmp_path: Path) -> None:
    starter = tmp_path / ".github/workflows/servegate.yml"
    starter.parent.mkdir(parents=True)
    starter.write_text(pipeline_text("github.yml"))
    done = run(
        f"{BIN}/zizmor", "--offline", "--no-progress", ".github", "action.yml", str(tmp_path)
    )
    assert done.returncode == 0, done.stdout
    assert "No findings" in done.stdout


def test_workflows_pass_actionlint(tmp_path: Path) -> None:
    tool = found("actionlint")
    starter = tmp_path / "servegate.yml"
    starter.write_text(pipeline_text("github.yml"))
    done = run(tool, *map(str, WORKFLOWS), str(starter))
    assert done.returncode == 0, done.stdout


def test_the_dockerfile_passes_hadolint() -> None:
    done = run(found("hadolint"), "Dockerfile")
    assert done.returncode == 0, done.stdout


def test_the_shell_scripts_pass_shellcheck() -> None:
    done = run(found("shellcheck"), "rules/ci/comment.sh", ".ci/run", ".ci/dist")
    assert done.returncode == 0, done.stdout


def found(name: str) -> str:
    """A tool that no package of ours brings, where it is."""
    places = [BIN, Path.home() / "go/bin", *map(Path, os.environ.get("GOPATH", "").split(":"))]
    tool = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *map(str, places)]))
    if tool is None:
        pytest.skip(
            f"{name} comes in no Python package of the lock; .ci/run brings it, and CI runs this"
        )
    return tool


def test_our_own_engines_find_nothing_in_what_we_ship(tmp_path: Path) -> None:
    for name in ("Dockerfile", "compose.yaml", "action.yml"):
        shutil.copy(ROOT / name, tmp_path)
    for source, target in (
        ("github.yml", ".github/workflows/gate.yml"),
        ("gitlab.yml", ".gitlab-ci.yml"),
        ("azure-pipelines.yml", "azure-pipelines.yml"),
        ("kubernetes.yaml", "kubernetes.yaml"),
    ):
        (tmp_path / target).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / target).write_text(pipeline_text(source))
    done = servegate(".", "--only", "sast,iac", "--fail-on", "medium", cwd=tmp_path)
    told = [(f["title"], f["location"]) for f in done.result["findings"]]
    assert done.code == 0, told


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ("github-workflows", pipeline_text("github.yml")),
        ("gitlab-ci", pipeline_text("gitlab.yml")),
        ("azure-pipelines", pipeline_text("azure-pipelines.yml")),
        ("compose-spec", (ROOT / "compose.yaml").read_text()),
        ("github-actions", (ROOT / "action.yml").read_text()),
        ("gitlab-ci", component(ROOT / "templates/servegate.yml")),
    ],
    ids=["github", "gitlab", "azure", "compose", "action", "component"],
)
def test_files_fit_their_schema(tmp_path: Path, schema: str, text: str) -> None:
    path = tmp_path / "file.yml"
    path.write_text(text)
    words = ["--builtin-schema", f"vendor.{schema}", "--regex-variant", "nonunicode", str(path)]
    if schema == "azure-pipelines":
        words += ["--data-transform", "azure-pipelines"]
    done = run(f"{BIN}/check-jsonschema", *words)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_input_of_the_component_reaches_a_shell_but_as_a_variable() -> None:
    head, _, body = (ROOT / "templates/servegate.yml").read_text().partition("\n---\n")
    inputs = yaml.safe_load(head)["spec"]["inputs"]
    for job in yaml.safe_load(component(ROOT / "templates/servegate.yml")).values():
        assert "[[" not in str(job.get("script", ""))
    for name in inputs:
        assert f"$[[ inputs.{name} ]]" in body, name


@pytest.mark.parametrize("base", ["", "main"])
@pytest.mark.parametrize("name", ["gitlab", "azure", "jenkins"])
def test_the_scripts_of_other_pipelines_scan_and_judge(
    tmp_path: Path, name: str, base: str
) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()
    for words in (["init", "-qb", "main"], ["commit", "-qm", "x", "--allow-empty"]):
        git(repo, *words)
    git(repo, "update-ref", "refs/remotes/origin/main", "HEAD")
    (repo / "serve.py").write_text("import pickle\npickle.load(open('m', 'rb'))\n")
    home = tmp_path / "tool"
    (home / "bin").mkdir(parents=True)
    (home / "bin/servegate").symlink_to(BIN / "servegate")
    job: dict[str, Any] = {}
    match name:
        case "gitlab":
            job = yaml.safe_load(pipeline_text("gitlab.yml"))["servegate"]
            script = job["script"][0].replace("/opt/servegate", str(home))
            env = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base and "HEAD", **job["variables"]}
        case "azure":
            steps = yaml.safe_load(pipeline_text("azure-pipelines.yml"))["jobs"][0]["steps"]
            script = next(s["script"] for s in steps if s.get("displayName") == "Scan and judge")
            (tmp_path / "servegate").symlink_to(home)
            env = {"AGENT_TEMPDIRECTORY": str(tmp_path)}
            env["SYSTEM_PULLREQUEST_TARGETBRANCHNAME"] = base
        case _:
            lines = pipeline_text("Jenkinsfile").split("'''")[1].split("\n")
            script = "\n".join(
                line for line in lines if "-m venv" not in line and "pip" not in line
            )
            (repo / ".servegate-venv").symlink_to(home)
            env = {"CHANGE_TARGET": base}
    env.pop("SERVEGATE_CACHE", None)
    done = subprocess.run(
        ["sh", "-e", "-c", script],
        cwd=repo,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    summary = (repo / "servegate-report/summary.md").read_text()
    assert ("new" in summary) is bool(base)
    if name == "gitlab":
        for report in job["artifacts"]["reports"].values():
            assert list(repo.glob(report)), report


def test_the_jobs_of_the_cluster_scan_and_judge(tmp_path: Path) -> None:
    jobs = list(yaml.safe_load_all((ROOT / "rules/ci/kubernetes.yaml").read_text()))
    volume = tmp_path / "scan"
    (volume / "src").mkdir(parents=True)
    (volume / "src/serve.py").write_text("import pickle\npickle.load(open('m', 'rb'))\n")
    shards, verdict = (
        job["spec"]["template"]["spec"]["containers"][0]["args"][0] for job in jobs[:2]
    )
    path = f"{BIN}:{os.environ['PATH']}"

    def carry_out(script: str, **env: str) -> int:
        words = ["sh", "-c", script.replace("/scan/", f"{volume}/")]
        given = {**os.environ, "PATH": path, **env}
        return subprocess.run(words, env=given, capture_output=True, check=False).returncode

    for index in range(jobs[0]["spec"]["completions"]):
        assert carry_out(shards, JOB_COMPLETION_INDEX=str(index)) == 0
    assert carry_out(verdict) == 1
    assert (volume / "out/report/report.html").is_file()


def test_pre_commit_installs_and_runs_the_hooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a user does: pre-commit clones the hooks, installs them, and runs them on a commit."""
    repo = tmp_path / "repo"
    repo.mkdir()
    git(repo, "init", "-qb", "main")
    head = run("git", "rev-parse", "HEAD").stdout.strip()
    hooks = "[{id: servegate}, {id: servegate-full}]"
    (repo / ".pre-commit-config.yaml").write_text(
        f"repos: [{{repo: {ROOT}, rev: {head}, hooks: {hooks}}}]\n"
    )
    (repo / "serve.py").write_text("import pickle\npickle.load(open('m', 'rb'))\n")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "home"))
    tool = str(BIN / "pre-commit")
    for words in ([tool, "install", "--install-hooks"], ["git", "add", "-A"]):
        done = subprocess.run(words, cwd=repo, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    with pytest.raises(subprocess.CalledProcessError) as stopped:
        git(repo, "commit", "-qm", "bad")
    assert b"Verdict: FAILED" in stopped.value.stderr + stopped.value.output
    (repo / "serve.py").write_text("x = 1\n")
    git(repo, "commit", "-qam", "good")
    words = [tool, "run", "--hook-stage", "pre-push", "--all-files"]
    pushed = subprocess.run(words, cwd=repo, capture_output=True, text=True, check=False)
    assert "servegate (everything, with the endpoint)" in pushed.stdout
    assert pushed.returncode == 0, pushed.stdout


def git(repo: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *who, *words], cwd=repo, check=True, capture_output=True)


def test_workflows_fit_their_schema() -> None:
    files = [str(path) for path in WORKFLOWS]
    assert len(files) >= 2
    done = run(f"{BIN}/check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_by_commit() -> None:
    for path in WORKFLOWS:
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            for step in job.get("steps", ()):
                if "uses" in step and step["uses"] != "./":
                    assert len(step["uses"].partition("@")[2]) == 40, step["uses"]


def test_no_input_reaches_a_shell_but_through_the_environment() -> None:
    for path in WORKFLOWS:
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            for step in job.get("steps", ()):
                assert "${{" not in step.get("run", ""), step


def test_hooks_are_a_valid_manifest() -> None:
    done = run(f"{BIN}/pre-commit", "validate-manifest", ".pre-commit-hooks.yaml")
    assert done.returncode == 0, done.stdout
