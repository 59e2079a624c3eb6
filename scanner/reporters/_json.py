"""JSON of large documents: broken into lines near the top, compact below.

`json.dumps` with an indent leaves the fast encoder and takes many times as long; one finding on a
line is as good to compare.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping


def lines(
    document: object,
    depth: int = 2,
    *,
    ascii_only: bool = False,
    default: Callable[..., object] | None = None,
) -> str:
    """The document with every entry of its upper `depth` levels on a line of its own."""
    encode = json.JSONEncoder(ensure_ascii=ascii_only, default=default).encode
    return _lines(document, depth, "", encode) + "\n"


def pieces(
    document: Mapping[str, object],
    streamed: Mapping[str, Iterable[object]],
    *,
    default: Callable[..., object] | None = None,
) -> Iterator[str]:
    """As `lines` in ASCII, piece by piece; the entries of `streamed` keys come one at a time.

    Joined, the pieces are what `lines` makes of the document with those entries as lists.
    """
    encode = json.JSONEncoder(ensure_ascii=True, default=default).encode
    mark = "{\n"
    for key, value in document.items():
        yield f"{mark} {encode(key)}: "
        mark = ",\n"
        if key in streamed:
            first = True
            for entry in streamed[key]:
                yield ("[\n  " if first else ",\n  ") + encode(entry)
                first = False
            yield "[]" if first else "\n ]"
        else:
            yield _lines(value, 1, " ", encode)
    yield "\n}\n"


def _lines(value: object, depth: int, pad: str, encode: Callable[[object], str]) -> str:
    inner = pad + " "
    if depth and value and isinstance(value, Mapping):
        entries = (
            f"{inner}{encode(key)}: {_lines(entry, depth - 1, inner, encode)}"
            for key, entry in value.items()
        )
        return "{\n" + ",\n".join(entries) + f"\n{pad}}}"
    if depth and value and isinstance(value, (list, tuple)):
        items = (f"{inner}{_lines(entry, depth - 1, inner, encode)}" for entry in value)
        return "[\n" + ",\n".join(items) + f"\n{pad}]"
    return encode(value)
