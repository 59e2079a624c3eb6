"""Children are bounded in time and output, and none is left behind."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from scanner.engines import _process
from scanner.engines._process import Service, find_tool, run_tool, tool_environ
from scanner.model.errors import (
    Cancelled,
    ToolCrashed,
    ToolMissing,
    ToolTimeout,
    ToolUnreadable,
)

NEVER = threading.Event()


def python(code: str, tmp_path: Path, deadline: float = 20.0) -> _process.Ended:
    return run_tool([sys.executable, "-c", code], cwd=tmp_path, deadline=deadline, cancelled=NEVER)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_output_and_exit_code_come_back(tmp_path: Path) -> None:
    ended = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)", tmp_path)
    assert (ended.returncode, ended.stdout, ended.stderr) == (7, b"out\n", "err\n")


def test_a_killed_tool_is_named_with_its_signal(tmp_path: Path) -> None:
    with pytest.raises(ToolCrashed, match=r"killed by signal 9 \(SIGKILL\)"):
        python("import os; print('half'); os.kill(os.getpid(), 9)", tmp_path)
    with pytest.raises(ToolCrashed, match="killed by signal 9"):
        python("import sys; sys.exit(137)", tmp_path)


def test_a_tool_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('pid', 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    with pytest.raises(ToolTimeout, match="did not end within"):
        python(code, tmp_path, deadline=1.5)
    pid = int((tmp_path / "pid").read_text())
    time.sleep(0.2)
    assert not alive(pid)


def test_children_that_outlive_their_parent_are_ended_too(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    code = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {stubborn!r}])\n"
        "time.sleep(0.5)\n"
        "open('pid', 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    with pytest.raises(ToolTimeout):
        python(code, tmp_path, deadline=2.0)
    pid = int((tmp_path / "pid").read_text())
    time.sleep(0.2)
    assert not alive(pid)


def test_a_flood_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_process, "MAX_OUTPUT", 100_000)
    with pytest.raises(ToolUnreadable, match="printed more than"):
        python("while True: print('x' * 1000)", tmp_path)


def test_cancelling_ends_the_tool(tmp_path: Path) -> None:
    cancelled = threading.Event()
    threading.Timer(0.3, cancelled.set).start()
    with pytest.raises(Cancelled):
        run_tool(
            [sys.executable, "-c", "import time; time.sleep(60)"],
            cwd=tmp_path,
            deadline=30,
            cancelled=cancelled,
        )


def test_tools_get_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("BC_API_KEY", "s")
    assert not {"AWS_SECRET_ACCESS_KEY", "BC_API_KEY"} & set(tool_environ())


def fake_tool(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_tool_in_the_scanned_folder_is_never_taken(tmp_path: Path) -> None:
    fake_tool(tmp_path / "repo/bin", "made-up-tool")
    environ = {"PATH": f"{tmp_path}/repo/bin:bin"}
    with pytest.raises(ToolMissing, match="SERVEGATE_MADE-UP-TOOL"):
        find_tool("made-up-tool", tmp_path / "repo", environ)
    other = fake_tool(tmp_path / "tools", "made-up-tool")
    environ["PATH"] += f":{tmp_path}/tools"
    assert find_tool("made-up-tool", tmp_path / "repo", environ) == other


def test_the_environment_variable_decides_alone(tmp_path: Path) -> None:
    path = fake_tool(tmp_path / "tools", "bandit")
    environ = {"PATH": f"{tmp_path}/tools", "SERVEGATE_BANDIT": str(tmp_path / "gone")}
    with pytest.raises(ToolMissing, match="SERVEGATE_BANDIT names"):
        find_tool("bandit", tmp_path / "repo", environ)
    environ["SERVEGATE_BANDIT"] = str(path)
    assert find_tool("bandit", tmp_path / "repo", environ) == path


def test_a_service_is_drained_and_ended_with_its_group(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time, signal\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print('x' * 300_000)\n"
        "print('last words', flush=True)\n"
        "open('pid', 'w').write(str(child.pid))\n"
        "time.sleep(60)"
    )
    service = Service([sys.executable, "-c", code], cwd=tmp_path, environ=dict(os.environ))
    for _ in range(100):
        if (tmp_path / "pid").exists() and (tmp_path / "pid").read_text():
            break
        time.sleep(0.05)
    grandchild = int((tmp_path / "pid").read_text())
    service.stop()
    time.sleep(0.2)
    assert not alive(service.pid)
    assert not alive(grandchild)
    assert "last words" in service.log_tail()
    assert len(service.log_tail(10_000)) < 100_000
