"""A signal may come between any two steps of the main thread, and a second one right behind it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Each runs in a process of its own, for a lock that is waited for without end can't be left.
_BEGIN = """
import signal, threading, time
from scanner.cli.interrupts import interrupts

def ask(): signal.raise_signal(signal.SIGTERM)
took = threading.Condition.__enter__
def take_and_ask(self):
    got = took(self)
    ask()
    return got
"""
_TWICE = """
    with interrupts() as cancelled:
        threading.Condition.__enter__ = take_and_ask
        ask()
        while not cancelled.is_set():
            pass
"""
_HELD = """
    with interrupts() as cancelled:
        threading.Condition.__enter__ = take_and_ask
        cancelled.wait(9)
"""
_LATE = """
    joined = threading.Thread.join
    def join_and_ask(self): joined(self); ask()
    threading.Thread.join = join_and_ask
    with interrupts() as cancelled:
        pass
"""
_CLEANUP = """
    with interrupts() as cancelled:
        ask()
        cancelled.wait(9)
        for _ in range(3):
            ask()
            time.sleep(0.01)
        print("cleaned up,", end=" ")
"""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(_TWICE, "interrupted", id="a second while the first is passed on"),
        pytest.param(_HELD, "interrupted", id="while the main thread holds the event's lock"),
        pytest.param(_LATE, "interrupted", id="as the last engine has ended"),
        pytest.param(_CLEANUP, "cleaned up, interrupted", id="more while engines are ended"),
    ],
)
def test_an_interrupt_is_never_lost_and_never_waits(body: str, told: str) -> None:
    program = f"{_BEGIN}\ntry:{body}\nexcept KeyboardInterrupt:\n    print('interrupted')\n"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stdout.strip() == told


def test_without_an_interrupt_the_handlers_are_as_they_were() -> None:
    program = """
import signal
from scanner.cli.interrupts import interrupts
numbers = (signal.SIGTERM, signal.SIGINT)
before = [signal.getsignal(number) for number in numbers]
with interrupts() as cancelled:
    pass
assert [signal.getsignal(number) for number in numbers] == before
assert not cancelled.is_set()
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=30, check=True)
