"""Opcodes of a pickle and their arguments, as they stand in the file."""

from __future__ import annotations

import pickletools
from typing import BinaryIO

from scanner.engines.models.symbols import MAX_NAME, UNKNOWN, Broken, Stretch, Written, decoded

_OPCODES = {ord(opcode.code): opcode for opcode in pickletools.opcodes}
_MAX_LINE = 16 * 1024 * 1024
# Of a length that stands before the argument: how many bytes it has.
_LENGTHS = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}
WRITTEN = {
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"), Written.BYTES),
    **dict.fromkeys(("BINSTRING", "SHORT_BINSTRING"), Written.BYTES),
    **dict.fromkeys(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"), Written.UTF8),
    "STRING": Written.STRING,
    "UNICODE": Written.UNICODE,
}
_NO_TEXT = frozenset({"BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"})


class Opcodes:
    """Takes one opcode after the other from where the file is."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file = file
        self.size = size

    def next(self) -> tuple[pickletools.OpcodeInfo, object]:
        """An opcode and its argument. Raises `Broken`."""
        code = self.file.read(1)
        opcode = _OPCODES.get(code[0]) if code else None
        if opcode is None:
            raise Broken("no opcode" if code else "it ends in the middle")
        return opcode, self._argument(opcode)

    def take(self, count: int) -> bytes:
        """So many bytes. Raises `Broken` if there are fewer."""
        data = self.file.read(count)
        if len(data) != count:
            raise Broken("it ends in the middle")
        return data

    def _argument(self, opcode: pickletools.OpcodeInfo) -> object:
        kind = opcode.arg
        if kind is None:
            return None
        written = WRITTEN.get(opcode.name)
        if kind.n == pickletools.UP_TO_NEWLINE:
            if kind.name == "stringnl_noescape_pair":
                return [self._name(), self._name()]
            start = self.file.tell()
            line = self._line()
            if written is None:
                return line.decode("latin-1") if len(line) <= MAX_NAME else UNKNOWN
            if len(line) > MAX_NAME:
                return Stretch(start, len(line), written)
            return decoded(line, written)
        if kind.n in _LENGTHS:
            length = int.from_bytes(self.take(_LENGTHS[kind.n]), "little")
            return self._stretch(opcode.name, length, written)
        return int.from_bytes(self.take(kind.n), "little", signed=opcode.name == "BININT")

    def _stretch(self, name: str, length: int, written: Written | None) -> object:
        start = self.file.tell()
        if length > max(0, self.size - start):
            raise Broken("it names more bytes than there are")
        if length > MAX_NAME:
            self.file.seek(length, 1)
            return Stretch(start, length, written or Written.BYTES)
        data = self.take(length)
        if written is None:  # LONG1 and LONG4
            return int.from_bytes(data, "little", signed=True)
        if name in _NO_TEXT:
            return data
        try:
            return decoded(data, written)
        except UnicodeError:
            return UNKNOWN

    def _line(self) -> bytes:
        line = self.file.readline(_MAX_LINE)
        if not line.endswith(b"\n"):
            raise Broken("a line without an end")
        return line[:-1]

    def _name(self) -> object:
        line = self._line()
        return line.decode("utf-8", "replace") if len(line) <= MAX_NAME else UNKNOWN
