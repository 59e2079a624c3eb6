"""The process ends at once, and nothing that it had to do before is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAD = "import atexit, sys, threading, time\nfrom scanner.cli.ending import run_and_end\n"


def run(code: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-c", HEAD + code]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("ended", "code"),
    [
        ("pass", 0),
        ("sys.exit()", 0),
        ("sys.exit(0)", 0),
        ("sys.exit(3)", 3),
        ("sys.exit(130)", 130),
        ("sys.exit(True)", 1),
        ("sys.exit('told')", 1),
        ("1 / 0", 1),
    ],
)
def test_the_exit_code_is_the_commands(ended: str, code: int) -> None:
    done = run(f"def command():\n    print('out')\n    {ended}\nrun_and_end(command)")
    assert (done.returncode, done.stdout) == (code, "out\n")
    assert ("told" in done.stderr, "ZeroDivisionError" in done.stderr) == (
        "told" in ended,
        "/" in ended,
    )


def test_it_ends_without_taking_apart_what_is_there() -> None:
    class_ = "class Kept:\n    def __del__(self):\n        print('freed')\nkept = Kept()\n"
    assert run(f"{class_}run_and_end(lambda: None)").stdout == ""
    assert run(class_).stdout == "freed\n"


def test_all_output_is_written() -> None:
    done = run("run_and_end(lambda: (print('x' * 3_000_000), sys.stderr.write('y' * 3_000_000)))")
    assert (len(done.stdout), len(done.stderr)) == (3_000_001, 3_000_000)


def test_what_is_to_be_done_at_the_exit_is_done(tmp_path: Path) -> None:
    code = f"import tempfile\nkept = tempfile.TemporaryDirectory(dir={str(tmp_path)!r})\n"
    done = run(code + "atexit.register(print, 'done')\nrun_and_end(lambda: sys.exit(2))")
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (2, "done\n", [])


def test_a_thread_that_python_waits_for_is_waited_for() -> None:
    code = "def late():\n    time.sleep(0.5)\n    print('late')\n"
    done = run(code + "run_and_end(lambda: threading.Thread(target=late).start())")
    assert (done.returncode, done.stdout) == (0, "late\n")
    daemon = "run_and_end(lambda: threading.Thread(target=late, daemon=True).start())"
    assert run(code + daemon).stdout == ""


def test_a_profiler_is_let_tell() -> None:
    done = run("import cProfile\ncProfile.run('run_and_end(lambda: None)')")
    assert "function calls" in done.stdout


@pytest.mark.parametrize(
    ("words", "code"), [("--version 2>&-", 0), ("schema nope >&-", 2), ("schema nope 2>&-", 2)]
)
def test_a_closed_stream_changes_no_exit_code(words: str, code: int) -> None:
    command = f"{sys.executable} -m scanner {words}"
    assert subprocess.run(command, shell=True, capture_output=True, check=False).returncode == code


def test_a_reader_that_went_away_is_no_traceback() -> None:
    command = f"{sys.executable} -m scanner rules --format json | head -c 10"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert len(done.stdout) == 10
    assert "Traceback" not in done.stderr
