"""What the examination of one file may cost, archives within archives included."""

from __future__ import annotations

import time
from collections.abc import Callable

# How many times over a model may be packed.
MAX_DEPTH = 3
_MAX_UNPACKED = 128 * 1024 * 1024
_MAX_STEPS = 5_000_000
_MAX_MEMBERS = 20_000
_MAX_SECONDS = 120.0
_LOOKS_EVERY = 4096
_MAX_SHOWN = 120


class Unreadable(Exception):
    """Why something could not be examined, or not to its end."""


class Exhausted(Unreadable):
    """The file is larger than what may be spent on one."""


def _never() -> None:
    pass


class Budget:
    """What is left to spend on a file. `interrupted` raises when the scan is to end."""

    def __init__(self, interrupted: Callable[[], None] = _never) -> None:
        self._interrupted = interrupted
        self._until = time.monotonic() + _MAX_SECONDS
        self.unpacked = _MAX_UNPACKED
        self.steps = _MAX_STEPS
        self.members = _MAX_MEMBERS

    def step(self) -> None:
        """One opcode, field or value. Raises `Exhausted`."""
        self.steps -= 1
        if self.steps < 0:
            raise Exhausted(f"more than {_MAX_STEPS:,} opcodes and fields")
        if not self.steps % _LOOKS_EVERY:
            self.look()

    def member(self) -> None:
        """One member of an archive is opened. Raises `Exhausted`."""
        self.members -= 1
        if self.members < 0:
            raise Exhausted(f"more than {_MAX_MEMBERS:,} members")
        self.look()

    def unpack(self, count: int) -> None:
        """So many bytes were unpacked. Raises `Exhausted`."""
        self.unpacked -= count
        if self.unpacked < 0:
            raise Exhausted(f"unpacked it has more than {_MAX_UNPACKED:,} bytes")
        self.look()

    def look(self) -> None:
        """Whether there is time left. Raises `Exhausted`, or what ends the scan."""
        self._interrupted()
        if time.monotonic() > self._until:
            raise Exhausted(f"not done after {_MAX_SECONDS:.0f} seconds")


def shown(text: str, most: int = _MAX_SHOWN) -> str:
    """A name out of a hostile file, as a message can carry it."""
    plain = "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:most]
    )
    return plain if len(text) <= most else f"{plain}…"
