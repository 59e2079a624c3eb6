"""The end of the process, without taking apart first all that it had loaded."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable


def run_and_end(command: Callable[[], None]) -> None:
    """Run a command that ends with `SystemExit`, and end the process with its code.

    Python takes 35 ms after a scan to free modules and values one by one, which the end of the
    process does at once. What is to be done before that is done: output is written out, functions
    for the exit are called. Where more is to be waited for or told (a thread, a profiler, a fault),
    the process ends as any other.
    """
    code = 0
    try:
        command()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            raise
        code = ended.code or 0
    if _is_watched() or not _is_alone():
        sys.exit(code)
    try:
        atexit._run_exitfuncs()  # noqa: SLF001 - there is no other way to call them
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # as where it was closed before the start
                stream.flush()
    except (OSError, ValueError):
        sys.exit(code)
    os._exit(code)


def _is_watched() -> bool:
    """Whether a debugger or a profiler is at work."""
    monitoring = getattr(sys, "monitoring", None)  # from Python 3.12 on
    tools = map(monitoring.get_tool, range(6)) if monitoring else ()
    return sys.gettrace() is not None or sys.getprofile() is not None or any(tools)


def _is_alone() -> bool:
    """Whether no thread is left that Python would wait for."""
    here = threading.current_thread()
    return all(one is here or one.daemon for one in threading.enumerate())
