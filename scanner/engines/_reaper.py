"""Ends what is left of a scan whose own process was killed (`kill -9`, the OOM killer).

A small process in a session of its own holds the other end of a pipe. It is told which process
groups and working folders there are; when the pipe closes, which happens however we end, it kills
the groups and removes the folders that it was not told to forget. Where the system shows it, it
also looks for processes that carry the mark of this scan in their environment: those that were just
being started, or went into a session of their own.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

# Read by a Python without site packages and environment: nothing of a repository is imported.
_PROGRAM = """
import glob, os, shutil, signal, sys, time
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
groups, folders, mark = set(), set(), sys.argv[1].encode()
for line in sys.stdin.buffer:
    kind, word = line[:2], line[2:-1]
    keep = groups if kind in (b"+g", b"-g") else folders
    (keep.add if kind[:1] == b"+" else keep.discard)(word)
for word in groups:
    try:
        os.killpg(int(word), signal.SIGKILL)
    except (OSError, ValueError):
        pass
for again in range(5):
    found = bool(groups) and again == 0
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            if mark in open(path, "rb").read():
                os.kill(int(path.split("/")[2]), signal.SIGKILL)
                found = True
        except (OSError, ValueError):
            pass
    if not found:
        break
    time.sleep(0.05)
for word in folders:
    shutil.rmtree(word, ignore_errors=True)
"""

MARK = "SERVEGATE_SCAN"


class Reaper:
    """The pipe to that process, which is started when there is something to guard."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._mark = f"{MARK}={secrets.token_hex(16)}"

    @property
    def mark(self) -> str:
        """What every child has in its environment."""
        return self._mark.partition("=")[2]

    def ready(self) -> None:
        """Have it there before the first child is."""
        self._tell(b"")

    def guard(self, group: int) -> None:
        """A process group that must not outlive us."""
        self._tell(b"+g%d" % group)

    def forget(self, group: int) -> None:
        """It has been ended."""
        self._tell(b"-g%d" % group)

    @contextlib.contextmanager
    def folder(self, path: Path) -> Iterator[Path]:
        """A working folder that must not outlive us."""
        name = os.fsencode(path)
        self._tell(b"+f" + name)
        try:
            yield path
        finally:
            self._tell(b"-f" + name)

    def close(self) -> None:
        """Let go of it: it looks once more, and ends. Nobody waits for that."""
        with self._lock, contextlib.suppress(OSError):
            if self._child is not None and self._child.stdin is not None:
                self._child.stdin.close()
                # It is no child to wait for, as its destructor would think.
                self._child.returncode = 0
            self._child = None

    def _tell(self, line: bytes) -> None:
        # Without it a scan goes on as it would have: it is a net below another one.
        with self._lock, contextlib.suppress(OSError, ValueError):
            child = self._child = self._child or _start(self._mark)
            if child.stdin is not None:
                child.stdin.write(line + b"\n")
                child.stdin.flush()


def _start(mark: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _PROGRAM, mark],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={},
        start_new_session=True,
    )


REAPER = Reaper()
atexit.register(REAPER.close)
