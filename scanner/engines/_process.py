"""The only place that starts a process.

Children get their own process group, an argument list (never a shell), a deadline and bounded
output; whatever happens, the whole group is ended, by `_reaper` even where we are killed.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from scanner.engines._reaper import MARK, REAPER
from scanner.model.errors import (
    Cancelled,
    EngineError,
    ToolCrashed,
    ToolMissing,
    ToolTimeout,
    ToolUnreadable,
)
from scanner.model.protocols import Diagnosis
from scanner.model.values import Value

MAX_OUTPUT = 256 * 1024 * 1024
# Stands in what is kept of a tool's messages where something was dropped.
CUT = "\n[...]\n"
_TAIL = 16 * 1024
_GRACE = 3.0
_VERSION = re.compile(r"\d+(?:\.\d+)+")
_PASSED_ON = (
    "HOME",
    "LANG",
    "LD_LIBRARY_PATH",
    "LOGNAME",
    "PATH",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "PYTHONHOME",
    "PYTHONUSERBASE",
    "TMPDIR",
    "TZ",
    "USER",
    "VIRTUAL_ENV",
)
# No engine may look for updates or report home; offline, Semgrep hangs for minutes over it.
_FIXED = {
    "NO_COLOR": "1",
    "PYTHONUTF8": "1",
    "SEMGREP_ENABLE_VERSION_CHECK": "0",
    "SEMGREP_SEND_METRICS": "off",
}


class Ended(Value, kw_only=True):
    """How a tool ended: its exit code (negative for a signal) and what it printed."""

    returncode: int
    stdout: bytes
    stderr: str


def find_tool(name: str, root: Path, environ: Mapping[str, str] = os.environ) -> Path:
    """The executable of an engine.

    `SERVEGATE_<NAME>` decides alone where it is set; then PATH, except folders inside the scanned
    `root` and relative ones, whose content is the scanned repository's; then the folder of the
    running Python. Raises `ToolMissing`.
    """
    variable = f"SERVEGATE_{name.upper()}"
    named = environ.get(variable)
    if named:
        found = shutil.which(named) if os.sep not in named else named
        if found and os.access(found, os.X_OK):
            return Path(found)
        raise ToolMissing(f"{name} is not at {named}, which {variable} names")
    scanned = root.resolve()
    folders = [
        folder
        for folder in environ.get("PATH", os.defpath).split(os.pathsep)
        if Path(folder).is_absolute() and not Path(folder).resolve().is_relative_to(scanned)
    ]
    folders.append(str(Path(sys.executable).parent))
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        raise ToolMissing(f"{name} is not installed: pip install {name}, or set {variable}")
    return Path(found)


def run_tool(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    deadline: float,
    cancelled: threading.Event,
    environ: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> Ended:
    """Run a tool to its end and return what it printed; `stdin` is all that it can read there.

    `deadline` is in seconds from now. Raises `ToolMissing`, `ToolTimeout`, `ToolCrashed` (a
    signal), `ToolUnreadable` (more output than any real answer) and `Cancelled`.
    """
    name = Path(argv[0]).name
    environ = environ if environ is not None else tool_environ()
    with _input(stdin) as source:
        child = _spawn(argv, cwd=cwd, environ=environ, stdin=source)
    stdout = _Reader(child.stdout, keep=MAX_OUTPUT)
    stderr = _Reader(child.stderr, keep=_TAIL)
    end = time.monotonic() + deadline
    try:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=0.05)
                break
            if cancelled.is_set():
                raise Cancelled(f"{name} was interrupted")
            if time.monotonic() > end:
                message = f"{name} did not end within {deadline:g} s and was stopped"
                raise ToolTimeout(message, stderr.text())
            if stdout.overflowed:
                message = f"{name} printed more than {MAX_OUTPUT >> 20} MiB and was stopped"
                raise ToolUnreadable(message, stderr.text())
    finally:
        end_group(child)
        stdout.join()
        stderr.join()
    code = child.returncode
    killed = -code if code < 0 else code - 128 if code in (134, 137, 139, 143) else 0
    if killed:
        word = _signal_name(killed)
        raise ToolCrashed(f"{name} was killed by signal {killed} ({word})", stderr.text())
    return Ended(returncode=code, stdout=stdout.data(), stderr=stderr.text())


def cores() -> int:
    """How many cores this process may use: of the machine, its affinity and its container."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text("ascii").split()
        return max(1, min(count or 1, int(quota) // int(period)))
    except (OSError, ValueError):
        return count or 1


def tool_environ(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a static engine: what it needs to run, and no credentials."""
    kept = {k: v for k, v in os.environ.items() if k in _PASSED_ON or k.startswith("LC_")}
    return {**kept, **_FIXED, **(extra or {})}


def tool_version(tool: Path, cancelled: threading.Event, flag: str = "--version") -> str:
    """The version that a tool says it is; not knowing it is no reason to lose its findings."""
    try:
        ended = run_tool([tool, flag], cwd=Path("/"), deadline=30, cancelled=cancelled)
    except EngineError:
        return "unknown"
    match = _VERSION.search(ended.stdout.decode("utf-8", "replace"))
    return match[0] if match else "unknown"


def diagnose_tool(name: str, root: Path) -> Diagnosis:
    """Where a tool is and which version, or how to get it."""
    try:
        tool = find_tool(name, root)
    except ToolMissing as error:
        return Diagnosis(engine=name, found=False, version="", place="", mend=str(error))
    version = tool_version(tool, threading.Event())
    if version == "unknown":
        mend = f"{tool} does not answer --version; install {name} anew"
        return Diagnosis(engine=name, found=False, version="", place=str(tool), mend=mend)
    variable = f"SERVEGATE_{name.upper()}"
    # Why it is this one, where there may be several.
    told = f" (named by {variable})" if os.environ.get(variable) else ""
    return Diagnosis(engine=name, found=True, version=version, place=f"{tool}{told}")


class Service:
    """A long-running child: the endpoint under attack.

    Its output is drained all the time and only the head and tail of it are kept.
    """

    def __init__(self, argv: Sequence[str], *, cwd: Path, environ: Mapping[str, str]) -> None:
        """Start it. Raises `ToolMissing` or `ToolCrashed` if it can't be."""
        self._child = _spawn(argv, cwd=cwd, environ=environ, merge=True)
        self._log = _Reader(self._child.stdout, keep=_TAIL)

    @property
    def pid(self) -> int:
        """The process id, which is its group's too."""
        return self._child.pid

    def exit_code(self) -> int | None:
        """The exit code once it has ended."""
        return self._child.poll()

    def log_tail(self, lines: int = 12) -> str:
        """The last lines that it printed."""
        return "\n".join(self._log.text().splitlines()[-lines:])

    def wait(self, seconds: float) -> None:
        """Wait until it ends, at most so long."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(timeout=seconds)
        if self._child.returncode is not None:
            self._log.join()

    def stop(self) -> None:
        """End the whole process group: politely, then by force."""
        end_group(self._child)
        self._log.join()


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Terminate a child's process group, and kill what is left of it after a grace.

    Always both: a child that ends at once may leave workers of its own that do not.
    """
    if child.poll() is None:
        _signal_group(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=_GRACE)
    _signal_group(child.pid, signal.SIGKILL)
    child.wait()
    REAPER.forget(child.pid)


@contextlib.contextmanager
def _input(text: bytes) -> Iterator[int | IO[bytes]]:
    """A file that holds `text`: unlike a pipe it can't be waited on from both ends."""
    if not text:
        yield subprocess.DEVNULL
        return
    with tempfile.TemporaryFile() as file:
        file.write(text)
        file.seek(0)
        yield file


def _spawn(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    environ: Mapping[str, str],
    merge: bool = False,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    REAPER.ready()
    try:
        child = subprocess.Popen(
            [os.fspath(word) for word in argv],
            cwd=cwd,
            env={**environ, MARK: REAPER.mark},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if merge else subprocess.PIPE,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise ToolMissing(f"{argv[0]}: no such program") from error
    except OSError as error:
        raise ToolCrashed(f"{argv[0]} could not be started: {error.strerror}") from error
    REAPER.guard(child.pid)
    return child


class _Reader:
    """Drains a pipe in a thread; keeps the first `keep` bytes, and a tail once past them."""

    def __init__(self, pipe: IO[bytes] | None, keep: int) -> None:
        if pipe is None:
            raise ValueError("the child has no such pipe")
        self._pipe = pipe
        self._keep = keep
        self._head = bytearray()
        self._tail: deque[bytes] = deque(maxlen=max(1, _TAIL // 4096))
        self.overflowed = False
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while chunk := self._pipe.read1(4096):  # type: ignore[attr-defined]
                room = self._keep - len(self._head)
                self._head += chunk[:room]
                if len(chunk) > room:
                    self.overflowed = True
                    self._tail.append(chunk[max(room, 0) :])

    def join(self) -> None:
        """Wait for the end of the pipe; a grandchild that keeps it open is not waited for."""
        self._thread.join(timeout=2.0)
        with contextlib.suppress(OSError):
            self._pipe.close() if not self._thread.is_alive() else None

    def data(self) -> bytes:
        """The first bytes, once: they may be many, and are not kept twice."""
        head, self._head = self._head, bytearray()
        return bytes(head)

    def text(self) -> str:
        """Head and tail as text, with a mark where something was dropped."""
        head = self._head.decode("utf-8", "replace")
        if not self.overflowed:
            return head
        return f"{head}{CUT}{b''.join(self._tail).decode('utf-8', 'replace')}"


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
