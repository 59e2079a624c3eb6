"""NumPy's arrays: whether they hold objects, which are pickled."""

from __future__ import annotations

import ast
import math
import re
import struct
from typing import BinaryIO

from scanner.engines.models.bounds import Budget, Unreadable
from scanner.engines.models.pickles import read_pickles, suspected_pickles
from scanner.engines.models.seen import Seen

MAGIC = b"\x93NUMPY"
_MAX_HEADER = 64 * 1024
_MAX_DEPTH = 16
_WIDE = 4  # bytes of a character in an array of text
# What NumPy writes for numbers, text of a fixed length and times.
_NUMBERS = re.compile(
    r"[|<>=]?(\?|b1|[iu][1248]|f(2|4|8|10|12|16)|c(8|16|20|24|32)|[SaUV]\d{1,9}|[mM]8(\[[^\]]{1,20}\])?)"
)
_PYTHON_2_LONG = re.compile(r"(?<=\d)L\b")


def numpy_arrays(file: BinaryIO, size: int, seen: Seen, budget: Budget) -> None:
    """Arrays that stand one after the other, as they are read one after the other."""
    seen.format = "NumPy"
    while True:
        header = read_header(file)
        width = item_width(header.get("descr"))
        if width is None:
            seen.read(read_pickles(file, size, budget))
            return
        shape = header.get("shape")
        if not isinstance(shape, tuple) or not all(isinstance(n, int) and n >= 0 for n in shape):
            raise Unreadable("its header names no shape")
        end = file.tell() + width * math.prod(shape)
        if end >= size:
            return
        budget.member()
        file.seek(end)
        following = file.read(len(MAGIC))
        file.seek(end)
        if following != MAGIC:
            further = suspected_pickles(file, size, budget)
            if further:
                seen.read(further)
            return


def read_header(file: BinaryIO) -> dict[object, object]:
    """The header of an array that begins where the file is. Raises `Unreadable`."""
    start = file.read(8)
    if not start.startswith(MAGIC) or len(start) < 8:
        raise Unreadable("it is no array of NumPy")
    kind = "<H" if start[6] == 1 else "<I"
    (length,) = struct.unpack(kind, file.read(struct.calcsize(kind)))
    if length > _MAX_HEADER:
        raise Unreadable(f"its header has more than {_MAX_HEADER:,} bytes")
    raw = file.read(length)
    if len(raw) < length:
        raise Unreadable("its header is longer than the file")
    text = raw.decode("utf-8" if start[6] > 2 else "latin-1", "replace").strip()
    try:
        described = ast.literal_eval(_PYTHON_2_LONG.sub("", text))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise Unreadable("its header can't be read") from error
    if not isinstance(described, dict):
        raise Unreadable("its header is no description of an array")
    return described


def item_width(descr: object, depth: int = 0) -> int | None:
    """How many bytes an item has; None where it may hold objects."""
    if depth > _MAX_DEPTH:
        return None
    match descr:
        case str():
            return _plain_width(descr)
        case [*fields] if isinstance(descr, list):
            widths = [_field_width(field, depth) for field in fields]
            known = [width for width in widths if width is not None]
            return sum(known) if len(known) == len(widths) else None
        case (base, shape) if isinstance(descr, tuple):
            return _times(item_width(base, depth + 1), shape)
        case _:
            return None


def _field_width(field: object, depth: int) -> int | None:
    match field:
        case (_, kind):
            return item_width(kind, depth + 1)
        case (_, kind, shape):
            return _times(item_width(kind, depth + 1), shape)
        case _:
            return None


def _times(width: int | None, shape: object) -> int | None:
    extents = shape if isinstance(shape, tuple) else (shape,)
    if width is None or not all(isinstance(n, int) and n >= 0 for n in extents):
        return None
    return width * math.prod(n for n in extents if isinstance(n, int))


def _plain_width(kind: str) -> int | None:
    if not _NUMBERS.fullmatch(kind):
        return None
    letters = re.sub(r"\[.*", "", kind).lstrip("|<>=")
    if letters == "?":
        return 1
    return int(letters[1:]) * (_WIDE if letters.startswith("U") else 1)
