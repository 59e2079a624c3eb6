"""Things that go wrong while real engines run: one clear line, the right code, nothing lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.command import Done, case, run, servegate

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A small repository in which each static engine finds something."""
    folder = tmp_path / "repo"
    folder.mkdir()
    (folder / "serve.py").write_text("import pickle\nmodel = pickle.load(open('m.pkl', 'rb'))\n")
    shutil.copy(ROOT / "tests/cases/iac-tf-syntax-error/repo/good.tf", folder)
    return folder


def children_of(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found.append(int(entry.name))
    return found


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a scan; what a failed test leaves running is ended, and its pipes are closed."""
    with contextlib.ExitStack() as started:

        def scan(repo: Path, *words: str) -> subprocess.Popen[str]:
            child = subprocess.Popen(
                [sys.executable, "-m", "scanner", "scan", str(repo), *words],
                cwd=repo.parent,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            started.enter_context(child)
            started.callback(child.kill)
            return child

        yield scan


def find_child(parent: int, word: str) -> int:
    for _ in range(400):
        for pid in children_of(parent):
            if word in command_line(pid):
                return pid
        time.sleep(0.02)
    raise AssertionError(f"no child {word}")


def test_an_engine_killed_mid_run_loses_only_its_own_findings(repo: Path, start: Start) -> None:
    child = start(repo, "--fail-on", "critical")
    os.kill(find_child(child.pid, "checkov"), signal.SIGKILL)
    stdout, stderr = child.communicate(timeout=60)
    assert "checkov was killed by signal 9 (SIGKILL)" in stdout + stderr
    text = (repo.parent / "servegate-report/result.json").read_text()
    assert "sast/unsafe-model-load" in text
    assert child.returncode in (1, 3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_children_and_says_so(
    repo: Path, number: signal.Signals, start: Start
) -> None:
    child = start(repo)
    engine = find_child(child.pid, "checkov")
    child.send_signal(number)
    _, stderr = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "interrupted: no verdict" in stderr
    assert "Traceback" not in stderr
    assert not Path(f"/proc/{engine}").exists()


def left_behind(mark: str) -> list[str]:
    """The command lines of processes that were started with `mark` in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_text())
    return found


@pytest.mark.parametrize("after", [0.0, 0.1, 0.6])
def test_a_second_sigterm_leaves_no_process_behind(
    repo: Path, tmp_path: Path, after: float, monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    mark = tmp_path / "marked"
    mark.mkdir()
    monkeypatch.setenv("TMPDIR", str(mark))
    # Several kinds of file, so that Checkov has workers of its own.
    (repo / "pod.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n")
    child = start(repo)
    engine = find_child(child.pid, "checkov")
    for _ in range(300):
        if children_of(engine) or not Path(f"/proc/{engine}").exists():
            break
        time.sleep(0.02)
    child.send_signal(signal.SIGTERM)
    time.sleep(after)
    child.send_signal(signal.SIGTERM)
    child.communicate(timeout=30)
    assert child.returncode in (130, -signal.SIGTERM)
    for _ in range(50):
        if not left_behind(str(mark)):
            break
        time.sleep(0.02)
    assert left_behind(str(mark)) == []


@pytest.mark.parametrize("word", ["checkov", "semgrep", "serve_slowly"])
def test_kill_nine_of_servegate_itself_leaves_nothing(
    repo: Path, tmp_path: Path, word: str, monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    """No process in the tree, and no working folder, outlives a scan that can't clean up."""
    mark = tmp_path / "marked"
    mark.mkdir()
    monkeypatch.setenv("TMPDIR", str(mark))
    words = []
    if word == "serve_slowly":
        (tmp_path / "serve_slowly.py").write_text("import time\ntime.sleep(60)\n")
        command = f"{sys.executable} {tmp_path / 'serve_slowly.py'} {{port}}"
        words = ["--only", "probes", "--command", command]
    child = start(repo, *words)
    find_child(child.pid, word)
    child.kill()
    child.communicate(timeout=20)
    for _ in range(150):
        if not left_behind(str(mark)) and not list(mark.iterdir()):
            break
        time.sleep(0.02)
    assert left_behind(str(mark)) == []
    assert list(mark.iterdir()) == []


def broken_rules(tmp_path: Path, name: str, text: str, repo: Path) -> Done:
    """Run a copy of servegate in which one rule file is broken."""
    copy = tmp_path / "copy-of-servegate"
    for part in ("scanner", "rules", "reports"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "rules" / name).write_text(text)
    out = tmp_path / "out"
    argv = [sys.executable, "-m", "scanner", "scan", str(repo), "--out", str(out)]
    return run(argv, copy, out)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("semgrep/trust-remote-code.yaml", "rules: [\n"),
        ("semgrep/trust-remote-code.yaml", "rules:\n  - id: trust-remote-code\n"),
        ("bandit.toml", "[B301\n"),
        ("bandit.toml", '[B301]\ntitle = "x"\n'),
    ],
)
def test_a_broken_rule_file_is_named_and_the_others_findings_stay(
    tmp_path: Path, repo: Path, name: str, text: str
) -> None:
    done = broken_rules(tmp_path, name, text, repo)
    engine = "semgrep" if name.startswith("semgrep") else "bandit"
    assert done.engine(engine)["state"] == "failed"
    assert Path(name).name in done.engine(engine)["reason"]
    assert "\n" not in done.engine(engine)["reason"]
    assert done.engine("checkov")["findings"]
    assert done.code in (1, 3)
    assert "Traceback" not in done.text


def test_a_rule_that_semgrep_refuses_is_no_silent_loss(tmp_path: Path, repo: Path) -> None:
    source = (ROOT / "rules/semgrep/trust-remote-code.yaml").read_text()
    broken = source.replace("languages:", "languages: [klingon]\n    not-languages:", 1)
    done = broken_rules(tmp_path, "semgrep/trust-remote-code.yaml", broken, repo)
    assert done.engine("semgrep")["state"] in ("failed", "partial")
    assert done.code in (1, 3)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["/nowhere"], 2, "/nowhere: no such file or folder"),
        (["repo", "--only", "sasst"], 2, "did you mean sast?"),
        (["repo", "--fail-on", "severe"], 2, "'severe' is none of"),
        (["repo", "--format", "pdf"], 2, "'pdf' is none of"),
        (["repo", "--config", "none.toml"], 2, "none.toml: no such file"),
        (
            ["repo", "--url", "http://127.0.0.1:1", "--start-timeout", "1", "--only", "probes"],
            3,
            "endpoint not ready",
        ),
        (["repo", "--url", "http://example.com", "--only", "probes"], 3, "--allow-host"),
        (["repo", "--command", "no-such-program {port}", "--only", "probes"], 3, "no such program"),
    ],
)
def test_bad_input_is_one_line(repo: Path, words: list[str], code: int, told: str) -> None:
    done = servegate(*words, cwd=repo.parent)
    assert done.code == code
    assert told in done.text
    assert "Traceback" not in done.text
    if code == 2:
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_typo_in_the_configuration_is_one_line(repo: Path) -> None:
    (repo / "servegate.toml").write_text("[gate]\nfail_onn = 'low'\n")
    done = servegate("repo", cwd=repo.parent)
    assert done.code == 2
    assert "unknown key gate.fail_onn (did you mean fail_on?)" in done.stderr


def test_an_output_folder_that_can_not_be_made_is_one_line(repo: Path) -> None:
    (repo.parent / "taken").write_text("")
    done = servegate("repo", "--only", "bandit", cwd=repo.parent, out=repo.parent / "taken")
    assert done.code == 2
    assert "taken: can't be made" in done.stderr


AT_ONCE = "import os; os._exit(9)"
# As a process that writes down its state, or a busy machine, does.
SLOWLY = (
    "import os, threading; self.server.socket.close(); "
    "threading.Timer(0.4, os._exit, (9,)).start(); raise OSError"
)


@pytest.mark.parametrize("dies", [AT_ONCE, SLOWLY])
def test_an_endpoint_that_dies_under_attack_is_a_gap(tmp_path: Path, dies: str) -> None:
    folder = case("dast-stdout-flood", tmp_path)
    server = (folder / "server.py").read_text()
    server = server.replace("for i in range(10000):", "for i in range(1):")
    died = f"        if self.command == 'POST':\n            {dies}\n"
    (folder / "server.py").write_text(
        server.replace("    def route(self):\n", "    def route(self):\n" + died)
    )
    command = f"{sys.executable} server.py {{port}}"
    done = servegate(".", "--only", "probes", "--command", command, cwd=folder)
    assert done.code == 3
    assert "the endpoint ended with exit code 9 in the attack" in str(done.engine("probes")["gaps"])
