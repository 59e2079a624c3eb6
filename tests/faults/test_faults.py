"""Each row of the fault table, with real engines beside the one that is broken."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scanner.engines._process import find_tool
from tests.e2e.command import Done, run
from tests.faults.table import (
    ENGINE_FAULTS,
    ENGINES,
    MACHINE_FAULTS,
    PAGE,
    TARGET_FAULTS,
    EngineFault,
    MachineFault,
    TargetFault,
    page,
)

pytestmark = pytest.mark.e2e
# Each engine has something to find, and Bandit or Semgrep is there beside the broken one.
FILES = {
    "serve.py": "import pickle\nmodel = pickle.load(open('m.pkl', 'rb'))\n",
    "Dockerfile": "FROM python:latest\nRUN curl https://x.example/i.sh | sh\n",
    ".github/workflows/ci.yml": "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n"
    "    steps:\n      - run: echo ${{ github.event.pull_request.title }}\n",
}

APART = ("unshare", "--map-root-user", "--mount")


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def stand_in(folder: Path, engine: str, script: str) -> Path:
    """A program in the engine's place."""
    path = folder / f"broken-{engine}"
    if script:
        real = find_tool(engine, folder / "repo")
        path.write_text(f"#!/bin/sh\nREAL={shlex.quote(str(real))}\n{script}\n")
        path.chmod(0o755)
    return path


def scan(repo: Path, *words: str, env: dict[str, str] | None = None) -> Done:
    out = repo.parent / "out"
    argv = [sys.executable, "-m", "scanner", "scan", str(repo), "--no-cache", *words]
    return run([*argv, "--out", str(out)], repo.parent, out, env)


def assert_tidy(folder: Path) -> None:
    left = [path.name for path in (folder / "tmp").iterdir() if path.name.startswith("servegate")]
    assert left == []


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("fault", ENGINE_FAULTS, ids=lambda fault: fault.name)
def test_a_broken_engine_fails_alone_and_never_passes(
    repo: Path, engine: str, fault: EngineFault
) -> None:
    folder = repo.parent
    (folder / "tmp").mkdir()
    other = "semgrep" if engine == "bandit" else "bandit"
    config = folder / "servegate.toml"
    config.write_text(f"[scan]\nengine_timeout = {4 if fault.name == 'hangs' else 60}\n")
    env = {
        f"SERVEGATE_{engine.upper()}": str(stand_in(folder, engine, fault.script)),
        "TMPDIR": str(folder / "tmp"),
    }
    done = scan(repo, "--only", f"{engine},{other}", "--config", str(config), env=env)
    row = done.engine(engine)
    assert row["state"] in fault.states, row
    assert "Traceback" not in done.stderr
    assert fault.told in str(row["reason"]) + str(row["gaps"])
    assert engine in done.text
    assert done.engine(other)["findings"] > 0
    assert done.code in (1, 3)
    # Whatever else was found: without it this is no pass.
    assert ("uncertain", engine) in {
        (one["kind"], one["subject"]) for one in done.result["reasons"]
    }
    assert_tidy(folder)


@pytest.mark.parametrize("fault", MACHINE_FAULTS, ids=lambda fault: fault.name)
def test_a_machine_that_lacks_something(repo: Path, fault: MachineFault) -> None:
    folder = repo.parent
    (folder / "tmp").mkdir()
    out = folder / "out"
    words = [word if word == "|" else shlex.quote(word) for word in fault.words]
    own = "" if "--out" in fault.words else f"--out {shlex.quote(str(out))}"
    at = words.index("|") if "|" in words else len(words)
    command = " ".join([*words[:at], own, *words[at:]])
    script = f"{fault.before or ':'}\n{sys.executable} -m scanner scan repo --no-cache {command}\n"
    env = {**os.environ, "TMPDIR": str(folder / "tmp"), **fault.env}
    apart = [*APART] if fault.apart else []
    if apart and subprocess.run(["sh", "-c", f"{shlex.join(apart)} true"], check=False).returncode:
        pytest.skip("needs a kernel that lets a user make mount namespaces, for a full disk")
    done = subprocess.run(
        [*apart, "bash", "-o", "pipefail", "-c", script],
        cwd=folder,
        env={name: value for name, value in env.items() if value},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=120,
        check=False,
    )
    assert done.returncode in fault.codes, done.stderr
    assert "Traceback" not in done.stderr
    assert fault.told in done.stdout + done.stderr
    if fault.kept == "all findings":
        assert '"sast/' in (out / "result.json").read_text()
    elif fault.kept == "no new report":
        assert not out.is_dir() or not list(out.iterdir())
    else:
        assert '"state": "failed"' in (out / "result.json").read_text()
    assert_tidy(folder)


@pytest.mark.parametrize("fault", TARGET_FAULTS, ids=lambda fault: fault.name)
def test_an_endpoint_that_does_not_behave(repo: Path, fault: TargetFault) -> None:
    folder = repo.parent
    (folder / "tmp").mkdir()
    program = folder / "endpoint.py"
    if fault.program:
        program.write_text(fault.program)
    done = scan(
        repo,
        *("--only", "probes,bandit", "--command", f"{sys.executable} {program} {{port}}"),
        *("--spec", "/openapi.json", "--start-timeout", "4", "--budget", "15"),
        env={"TMPDIR": str(folder / "tmp")},
    )
    assert done.code in fault.codes
    assert "Traceback" not in done.stderr.replace("endpoint | Traceback", "")
    probes = done.engine("probes")
    assert probes["state"] in fault.states
    assert re.search(fault.told, f"{probes['reason']} {probes['gaps']} {probes['detail']}")
    assert done.engine("bandit")["findings"] > 0
    assert_tidy(folder)
    running = subprocess.run(["pgrep", "-f", str(program)], capture_output=True, check=False)
    assert running.stdout == b""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGINT])
def test_what_a_scan_that_was_ended_had_found_is_recovered(repo: Path, end: signal.Signals) -> None:
    out = repo.parent / "out"
    slow = stand_in(repo.parent, "semgrep", "sleep 600")
    # Bandit has long ended when anything is kept: it must be there too.
    argv = [sys.executable, "-m", "scanner", "scan", str(repo), "--only", "bandit,semgrep"]
    env = {**os.environ, "SERVEGATE_SEMGREP": str(slow)}
    child = subprocess.Popen(
        [*argv, "--no-cache", "--out", str(out)],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not (out / "unfinished.json").is_file() and time.monotonic() < deadline:
        time.sleep(0.1)
    child.send_signal(end)
    _, said = child.communicate(timeout=60)
    assert ("servegate report --recover" in said) is (end is signal.SIGINT)
    assert [path.name for path in out.iterdir()] == ["unfinished.json"]
    recover = [sys.executable, "-m", "scanner", "report", str(out), "--recover"]
    done = run(recover, repo.parent, out)
    assert done.code == 0, done.text
    assert done.engine("bandit")["findings"] > 0
    assert done.engine("semgrep")["state"] == "failed"
    assert ("uncertain", "semgrep") in {
        (one["kind"], one["subject"]) for one in done.result["reasons"]
    }
    assert "no answer" in (out / "summary.md").read_text()
    # There are reports now; what they were made of is nobody's any more.
    assert run(recover, repo.parent, out).code == 2
    assert "nothing to recover" in run(recover, repo.parent, out).stderr


@pytest.mark.parametrize(
    ("name", "told"),
    [("unfinished.json", "it says that it passed"), ("result.json", "only unfinished.json is")],
)
def test_what_no_scan_left_unfinished_is_not_recovered(repo: Path, name: str, told: str) -> None:
    """A repository may hold a file of that name, and a user may name the wrong one."""
    out = repo.parent / "servegate-report"
    clean = repo.parent / "clean.py"
    clean.write_text("x = 1\n")
    argv = [sys.executable, "-m", "scanner"]
    assert run([*argv, "scan", str(clean), "--only", "bandit"], repo.parent, out).code == 0
    (out / "result.json").rename(out / name)
    before = sorted(path.name for path in out.iterdir())
    done = run([*argv, "report", str(out / name), "--recover"], repo.parent, out)
    assert done.code == 2
    assert told in done.stderr
    assert sorted(path.name for path in out.iterdir()) == before


def test_two_scans_at_once_in_one_checkout(repo: Path) -> None:
    argv = [sys.executable, "-m", "scanner", "scan", str(repo), "--only", "sast"]
    both = [
        subprocess.Popen(argv, cwd=repo.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    ended = [(child.communicate(timeout=120), child.returncode) for child in both]
    assert [code for _, code in ended] == [1, 1]
    for name in ("result.json", "report.html", "results.sarif", "junit.xml", "summary.md"):
        assert (repo.parent / "servegate-report" / name).stat().st_size > 100
    assert not list((repo.parent / "servegate-report").glob(".*"))


def test_the_page_is_that_table() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python -m tests.faults.table"
