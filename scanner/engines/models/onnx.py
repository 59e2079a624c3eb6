"""ONNX: names of other files that hold values of a model's tensors, and foreign operators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanner.engines.models.bounds import Budget, Unreadable, shown
from scanner.engines.models.paths import leads_out
from scanner.engines.models.seen import Seen

_NO_MODEL = "it is no ONNX model, or cut off"
_MAX_TEXT = 4_096
_MAX_DEPTH = 100
_MAX_NAMED = 1_000
# Of each message the fields that lead on to what may name files; graphs hold nodes, nodes have
# attributes, and attributes hold tensors and graphs again.
_WAYS: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "entry"},
}
_KNOWN_DOMAINS = re.compile(
    r"(ai\.onnx(\.(ml|training|preview(\.training)?))?|com\.microsoft(\.\w+)*)?"
)
_PYTHON_OPERATORS = re.compile(r"Py(Custom)?Op\w*|PyFunc\w*")


def onnx_model(file: BinaryIO, size: int, seen: Seen, budget: Budget) -> None:
    """Walk a model for names of files outside its folder. Raises `Unreadable`."""
    seen.format = "ONNX"
    walk = _Walk(file, seen, budget)
    walk.message("model", 0, size, 0)
    foreign = walk.foreign - walk.defined
    if foreign:
        names = ", ".join(shown(name) for name in sorted(foreign)[:5])
        seen.notes.append(f"operators of a library of their own are needed: {names}")


class _Walk:
    def __init__(self, file: BinaryIO, seen: Seen, budget: Budget) -> None:
        self.file = file
        self.seen = seen
        self.budget = budget
        self.foreign: set[str] = set()
        self.defined: set[str] = set()

    def message(self, kind: str, start: int, end: int, depth: int) -> None:
        if depth > _MAX_DEPTH:
            raise Unreadable("its graphs are nested too deep")
        texts: dict[int, str] = {}
        for number, at, length in _fields(self.file, start, end, self.budget):
            way = _WAYS.get(kind, {}).get(number)
            if way:
                self.message(way, at, at + length, depth + 1)
            elif number in _TEXTS.get(kind, ()) and length <= _MAX_TEXT:
                self.file.seek(at)
                texts[number] = self.file.read(length).decode("utf-8", "replace")
            elif kind == "entry":
                raise Unreadable("a name in it is too long")
        self.said(kind, texts)

    def said(self, kind: str, texts: dict[int, str]) -> None:
        """What the texts of a message mean."""
        if kind == "entry" and texts.get(1) == "location":
            self.names_file(texts.get(2, ""))
        elif kind == "attribute" and texts.get(1) == "ep_cache_context":
            self.names_file(texts.get(4, ""))
        elif kind == "function":
            self.defined.add(texts.get(10, ""))
        elif kind == "node":
            if not _KNOWN_DOMAINS.fullmatch(texts.get(7, "")) and len(self.foreign) < _MAX_NAMED:
                self.foreign.add(texts[7])
            if _PYTHON_OPERATORS.fullmatch(texts.get(4, "")):
                self.seen.holds(f"an operator that calls Python ({shown(texts[4])})")

    def names_file(self, path: str) -> None:
        if leads_out(path):
            self.seen.leads_out(path)


_TEXTS = {"entry": (1, 2), "node": (4, 7), "function": (10,), "attribute": (1, 4)}


def _fields(file: BinaryIO, start: int, end: int, budget: Budget) -> Iterator[tuple[int, int, int]]:
    """The fields of a message that have a length: number, place and length."""
    at = start
    while at < end:
        budget.step()
        file.seek(at)
        key = _varint(file)
        kind = key & 7
        if kind == 0:
            _varint(file)
            at = file.tell()
        elif kind in (1, 5):
            at = file.tell() + (8 if kind == 1 else 4)
        elif kind == 2:
            length = _varint(file)
            at = file.tell() + length
            if at > end:
                raise Unreadable(_NO_MODEL)
            yield key >> 3, at - length, length
        else:
            raise Unreadable(_NO_MODEL)
    if at > end:
        raise Unreadable(_NO_MODEL)


def _varint(file: BinaryIO) -> int:
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            raise Unreadable(_NO_MODEL)
        value |= (byte[0] & 0x7F) << shift
        if not byte[0] & 0x80:
            return value
    raise Unreadable(_NO_MODEL)
