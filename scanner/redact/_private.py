"""Where private keys stand in a text, whole or cut, as lines or with escapes in one. Pure.

Each text is walked through once, from marker to marker, whatever it holds.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.redact._text import MASK, drawn

_BLANK = r"(?:[ +]|%20)"
_MARKER = re.compile(
    rf"-{{4,5}} ?(?P<end>BEGIN|END){_BLANK}(?P<kind>(?:[A-Z0-9]{{1,20}}{_BLANK}){{0,5}}?"
    rf"PRIVATE{_BLANK}KEY(?:{_BLANK}BLOCK)?) ?-{{4,5}}"
    r"|(?P<putty>Private-Lines: \d{1,4})|(?P<mac>Private-MAC:)"
    # base64 of "-----BEGIN ", as in a Secret of Kubernetes
    r"|(?P<coded>LS0tLS1CRUdJTi[A-Za-z0-9+/=]{20,90})"
)
_PUBLIC = re.compile(r"-----(BEGIN|END) (?!(?:[A-Z0-9]{1,20} ){0,5}PRIVATE )[A-Z0-9 ]{3,60}-----")
_ESCAPE = r"\\+(?:[nrtf\"']|u00[0-9a-fA-F]{2})?"
_PIECE = re.compile(
    rf"(?P<glue>(?:{_ESCAPE}(?!/)|[\s\"'`,;:|>*#.&_\[\]…-])+)"
    r"|(?P<token>(?:[A-Za-z0-9+/=]|\\+/)+)|(?P<other>.)",
    re.DOTALL,
)
_HEADER = re.compile(
    rf"(?:{_ESCAPE}|[\s\"'`+,|>*#])*(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash|Subject): ?"
    r"[^\n\\\"']{0,200}"
)
_LEAST_TOKEN = 16
_MOST_GLUE = 400
_MOST_BODY = 60_000
_WIDTH = 64
_WIDTHS = frozenset({60, 64, 70, 72, 76})
_WIDE = re.compile(r"[A-Za-z0-9+/]{60}")
_ONLY_GLUE = re.compile(r"[\s\"'`+,|>*#.]{1,60}")
_LINE_END = re.compile(r"\\+n|\n")
_WIDE_LINE = re.compile(r"[\s\"'`,|>*#]{0,60}(?P<token>[A-Za-z0-9+/=]{2,76})[\s\"'`+,|\\r]{0,60}")
# What follows the last line of a key; behind a name something else does.
_LINE_AFTER = re.compile(r"[\"'`,]?(?:\Z|[\"'`,\\\n\r]|\s{1,200}(?:\Z|[^\s:=(.\[+/]))")
_AROUND = 400


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key in a text: its place with its markers, and what kind of key they say it is."""

    kind: str
    start: int
    end: int
    # Its base64, without what stood between: the same for each way to write it down.
    material: str
    # Headers of its own that stand before that.
    headers: str = ""


@dataclass(frozen=True, slots=True)
class _Run:
    start: int
    end: int
    material: str


def private_keys(text: str) -> Iterator[PrivateKey]:
    """The private keys in a text, also those of which only the beginning or the end is there."""
    if not ("PRIVATE" in text or "Private-" in text or "LS0tLS1CRUdJTi" in text):
        return
    markers = [
        found for found in _MARKER.finditer(text) if not found["coded"] or _coded_kind(found)
    ]
    before = 0
    open_: re.Match[str] | None = None
    for number, marker in enumerate(markers):
        after = markers[number + 1].start() if number + 1 < len(markers) else len(text)
        begins = bool(marker["end"] == "BEGIN" or marker["putty"] or marker["coded"])
        if not begins:
            if open_ is None:
                run = _backward(text, before, marker.start())
                if run is not None:
                    kind = _kind(marker)
                    yield PrivateKey(kind, run.start, marker.end(), run.material)
            open_ = None
        elif marker["coded"]:
            run = _forward(text, marker.start(), after)
            if run is not None:
                yield PrivateKey(_coded_kind(marker), run.start, run.end, run.material)
            open_ = None
        else:
            ends = number + 1 < len(markers) and (
                markers[number + 1]["end"] == "END" or markers[number + 1]["mac"]
            )
            key = _begun(text, marker, markers[number + 1] if ends else None, after)
            if key is not None:
                yield key
            open_ = marker
        before = marker.end()


def mask_private(text: str) -> str:
    """The text with each private key masked as one."""
    pieces = []
    at = 0
    for key in private_keys(text):
        pieces += [text[at : key.start], MASK]
        at = key.end
    masked = "".join([*pieces, text[at:]]) if pieces else text
    return _mask_middles(masked)


def mask_private_lines(lines: list[str], first: int, last: int) -> list[str]:
    """Lines `first` to `last` without private keys that stand in them, begin above or end below.

    Every line stays one.
    """
    low, high = max(0, first - 1 - _AROUND), min(len(lines), last + _AROUND)
    shown = lines[first - 1 : last]
    near = lines[low:high]
    if not any(
        "PRIVATE" in line or "Private-" in line or "LS0tLS1CRUdJTi" in line for line in near
    ):
        return shown
    text = "\n".join(near)
    pieces = []
    at = 0
    for key in private_keys(text):
        mask = "\n".join([MASK] * (1 + text.count("\n", key.start, key.end)))
        pieces += [text[at : key.start], mask]
        at = key.end
    if not pieces:
        return shown
    masked = "".join([*pieces, text[at:]]).split("\n")
    return masked[first - 1 - low : last - low]


def _kind(marker: re.Match[str]) -> str:
    return re.sub(_BLANK, " ", marker["kind"] or "PUTTY PRIVATE KEY")


def _coded_kind(marker: re.Match[str]) -> str:
    """What kind of private key is behind base64 of a PEM; nothing for other PEMs."""
    coded = marker["coded"][: len(marker["coded"]) // 4 * 4]
    try:
        text = base64.b64decode(coded).decode("ascii", "replace")
    except (binascii.Error, ValueError):
        return ""
    found = re.search(r"-----BEGIN ([A-Z ]*PRIVATE KEY(?: BLOCK)?)-----", text)
    return found[1] if found else ""


def _begun(
    text: str, begin: re.Match[str], end: re.Match[str] | None, limit: int
) -> PrivateKey | None:
    """The key behind a marker that begins one; None where the marker is only mentioned."""
    at = begin.end()
    headers = ""
    while (header := _HEADER.match(text, at, limit)) is not None and len(headers) < _MOST_GLUE * 4:
        headers += header[0]
        at = header.end()
    if begin["putty"]:
        headers = text[max(0, begin.start() - 2_000) : begin.start()].rpartition("PuTTY-User")[2]
    if end is not None and end.start() - at <= _MOST_BODY:
        material = _enclosed(text[at : end.start()])
        if material:
            return PrivateKey(_kind(begin), begin.start(), end.end(), material, headers)
        return None
    run = _forward(text, at, min(limit, at + _MOST_BODY))
    if run is None:
        return None
    return PrivateKey(_kind(begin), begin.start(), run.end, run.material, headers)


def _enclosed(body: str) -> str:
    """The base64 between two markers; nothing where that is code that only names them."""
    tokens, strange = [], 0
    for piece in _PIECE.finditer(body):
        if piece["token"] and piece["token"].strip("+/="):
            tokens.append(piece["token"])
        strange += bool(piece["other"])
    long = [token for token in tokens if len(token) >= _LEAST_TOKEN and drawn(token)]
    if strange and 2 * sum(map(len, long)) < len(body):
        return ""
    return "".join(tokens)


def _forward(text: str, start: int, limit: int) -> _Run | None:
    """The base64 from a place on, through line ends, quotes and signs that join strings."""
    pieces = []
    for piece in _PIECE.finditer(text, start, limit):
        if piece["other"]:
            break
        pieces.append(piece)
    taken = _connected(pieces)
    if not taken or len(taken[0]["token"]) < _LEAST_TOKEN:
        return None
    return _Run(taken[0].start(), taken[-1].end(), "".join(one["token"] for one in taken))


def _backward(text: str, start: int, limit: int) -> _Run | None:
    """The base64 that leads up to a place."""
    pieces: list[re.Match[str]] = []
    for piece in _PIECE.finditer(text, max(start, limit - _MOST_BODY), limit):
        if piece["other"]:
            pieces = []
        else:
            pieces.append(piece)
    taken = _connected(pieces[::-1])[::-1]
    # Of a short last line alone it is only known that nothing stands before it.
    alone = bool(taken) and not text[: taken[0].start()].strip(" \t\r\n\"'`") and len(taken) == 1
    if not alone and not any(len(one["token"]) >= _LEAST_TOKEN for one in taken):
        return None
    return _Run(taken[0].start(), taken[-1].end(), "".join(one["token"] for one in taken))


def _connected(pieces: list[re.Match[str]]) -> list[re.Match[str]]:
    """The tokens of one key at the beginning of `pieces`: long ones, and single short ones."""
    taken: list[re.Match[str]] = []
    glue, short = 0, 0
    for piece in pieces:
        token = piece["token"]
        if not token or not token.strip("+/="):
            glue += len(piece[0])
            if glue > _MOST_GLUE:
                break
            continue
        short = 0 if len(token) >= _LEAST_TOKEN else short + 1
        if short > 1 or (short and not _LINE_AFTER.match(piece.string, piece.end())):
            break
        taken.append(piece)
        glue = 0
    return taken


def _mask_middles(text: str) -> str:
    """Mask lines of base64 that are as wide as those of a key, of which no marker is here.

    Those of a certificate or another public thing stay, and so do digests.
    """
    if not _WIDE.search(text):
        return text
    pieces: list[str] = []
    at = 0
    public = [(found.start(), found[1]) for found in _PUBLIC.finditer(text)]
    for start, end, material in _blocks(text):
        if not _is_key(material) or _is_public(public, start):
            continue
        pieces += [text[at:start], MASK]
        at = end
    return "".join([*pieces, text[at:]]) if pieces else text


def _blocks(text: str) -> Iterator[tuple[int, int, str]]:
    """Runs of two and more lines of base64 of one width, and the shorter one that ends them.

    One is enough where it is all that there is.
    """
    only = _WIDE_LINE.fullmatch(text)
    if only and len(only["token"]) == _WIDTH:
        yield only.start("token"), only.end("token"), only["token"]
        return
    run: list[re.Match[str]] = []
    for line in _lines(text):
        if run and _ONLY_GLUE.fullmatch(text, *line):
            continue
        token = _WIDE_LINE.fullmatch(text, *line)
        width = len(run[0]["token"]) if run else 0
        if token and run and len(token["token"]) < width:
            yield from _block([*run, token])
            run = []
        elif token and len(token["token"]) in _WIDTHS and (not run or len(token["token"]) == width):
            run.append(token)
        else:
            yield from _block(run)
            run = [token] if token and len(token["token"]) in _WIDTHS else []
    yield from _block(run)


def _block(run: list[re.Match[str]]) -> Iterator[tuple[int, int, str]]:
    if len(run) > 1:
        yield run[0].start("token"), run[-1].end("token"), "".join(one["token"] for one in run)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for end in _LINE_END.finditer(text):
        yield at, end.start()
        at = end.end()
    yield at, len(text)


def _is_key(material: str) -> bool:
    return all(
        any(test(char) for char in material) for test in (str.isupper, str.islower, str.isdigit)
    )


def _is_public(markers: list[tuple[int, str]], start: int) -> bool:
    at = bisect_left(markers, (start, ""))
    return (at > 0 and markers[at - 1][1] == "BEGIN") or (
        at < len(markers) and markers[at][1] == "END"
    )
