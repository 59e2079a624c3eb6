"""What stands for values while a pickle is read: names, calls, and bytes by where they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import BinaryIO

from scanner.model.values import Value

MAX_NAME = 256
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
}
MARK = object()
UNKNOWN = object()


class Broken(Exception):
    """The bytes are no pickle from some place on."""


class Global(Value):
    """Something imported by its name."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What a call would return."""

    callee: object
    args: object


class Written(Enum):
    """How a stretch of the file says its bytes or its text."""

    BYTES = "bytes"
    UTF8 = "utf-8"
    STRING = "a line with escapes of bytes"
    UNICODE = "a line with escapes of characters"


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Bytes or text that is too long to keep: where in the file it stands."""

    start: int
    length: int
    written: Written


@dataclass(slots=True)
class Reading:
    """What was read: what is imported, in order, and why the rest could not be read.

    `hidden` counts names that are made only while it loads, `handed` is what torch loads of it,
    `calls` are those of what is imported.
    """

    imports: dict[Global, None] = field(default_factory=dict)
    hidden: int = 0
    handed: list[bytes | Stretch] = field(default_factory=list)
    count: int = 0
    calls: int = 0
    stopped: str = ""

    def add(self, other: Reading) -> None:
        """Count in what another reading of the same file found."""
        self.imports.update(other.imports)
        self.hidden += other.hidden
        self.handed += other.handed
        self.count += other.count
        self.calls += other.calls


# What leads from an object to the inside of functions, classes and running code.
_INSIDE = re.compile(
    r"__\w+__|func_(globals|code|closure)|(gi|cr|ag)_(frame|code)|tb_frame|co_code"
    r"|f_(globals|builtins|locals|back|code)"
)


def leads_inside(name: str) -> bool:
    """Whether a dotted name goes through what functions, classes or frames are made of."""
    return any(_INSIDE.fullmatch(part) for part in name.split("."))


def decoded(raw: bytes, written: Written) -> str:
    """The text that the argument of an opcode means to the loader."""
    if written is Written.UNICODE:
        return raw.decode("raw-unicode-escape", "replace")
    if written is Written.STRING:
        if len(raw) > 1 and raw[:1] == raw[-1:] and raw[:1] in b"'\"":
            raw = raw[1:-1]
        return _ESCAPE.sub(_unescaped, raw).decode("latin-1")
    return raw.decode("latin-1" if written is Written.BYTES else "utf-8", "surrogatepass")


def _unescaped(match: re.Match[bytes]) -> bytes:
    said = match[1]
    if said[:1] == b"x" and len(said) > 1:
        return bytes([int(said[1:], 16)])
    if said[:1].isdigit() and said[:1] < b"8":
        return bytes([int(said, 8) & 0xFF])
    return _LETTERS.get(said, said if said in (b"\\", b"'", b'"') else b"\\" + said)


def content(handed: bytes | Stretch, file: BinaryIO) -> bytes:
    """The bytes that a symbol for bytes stands for. Raises `Broken`."""
    if isinstance(handed, bytes):
        return handed
    file.seek(handed.start)
    raw = file.read(handed.length)
    if handed.written is Written.BYTES:
        return raw
    try:
        return decoded(raw, handed.written).encode("latin-1")
    except UnicodeError as error:
        raise Broken("text that stands for no bytes") from error
