"""Where private keys stand in a text, whole or cut, as lines or with escapes in one. Pure.

Each text is walked through once, from marker to marker, whatever it holds.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, takewhile

from scanner.model.values import Value
from scanner.redact._text import MASK, drawn

_BLANK = r"(?:[ +]|%20)"
_MARKER = re.compile(
    rf"-{{4,5}} ?(?P<end>BEGIN|END){_BLANK}(?P<kind>(?:[A-Z0-9]{{1,20}}{_BLANK}){{0,5}}?"
    rf"PRIVATE{_BLANK}KEY(?:{_BLANK}BLOCK)?) ?-{{4,5}}"
    r"|(?P<putty>Private-Lines: \d{1,4})|(?P<mac>Private-MAC:)"
    # base64 of "-----BEGIN ", as in a Secret of Kubernetes
    r"|(?P<coded>LS0tLS1CRUdJTi[A-Za-z0-9+/=]{20,90})"
)
# DER of RSA, elliptic and Edwards keys, in the clear; nothing else begins so.
_DER = re.compile(
    r"(?<![A-Za-z0-9+/])(?:MII[A-Za-z0-9+/]{3}IBA(?:DANBgkqhkiG9w0BAQEFAASC|AK[BC])"
    r"|M[A-Za-z0-9+/]{3}AgEAMB[MA]GByqGSM49AgEG|M(?:HcCAQEEI|HQCAQEEI|IGkAgEBBD|IHcAgEBBEI)"
    r"|MC4CAQAwBQYDK2V[wu]BCIEI|MEcCAQAwBQYDK2VxBDsEO)"
)
_DER_HINTS = ("IBADANBgkqhkiG9w0B", "IBAAK", "GByqGSM49AgEG", "AgEBB", "CAQEEI", "CAQAwBQYDK2V")
_JWK = re.compile(
    r"(?P<head>\\?\"(?P<name>d|p|q|dp|dq|qi|k)\\?\"\s{0,9}:\s{0,9}\\?\")(?P<value>[A-Za-z0-9_-]{22,})"
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
_PART = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{20,}={0,2}")
_LEAST_TOKEN = 16
_TWO_LINES = 100
_MOST_GLUE = 400
_MOST_BODY = 60_000
_MOST_PARTS = 20_000
_WIDTH = 64
_WIDTHS = frozenset({60, 64, 70, 72, 76})
_WIDE = re.compile(r"[A-Za-z0-9+/]{60}")
_ONLY_GLUE = re.compile(r"[\s\"'`+,|>*#.]{1,60}")
_LINE_END = re.compile(r"\\+n|\n")
_WIDE_LINE = re.compile(
    r"(?:[\s\"'`,|>*#]|\+\s){0,60}(?P<token>[A-Za-z0-9+/=]{2,76})[\s\"'`+,|\\r]{0,60}"
)
# What follows the last line of a key; behind a name something else does.
_LINE_AFTER = re.compile(r"[\"'`,]?(?:\Z|[\"'`,\\\n\r]|\s{1,200}(?:\Z|[^\s:=(.\[+/]))")
_AROUND = 400
_MOST_NEAR = 2_000_000
# Of longer lines no more is shown.
_LONGEST_LINE = 20_000


class PrivateKey(Value):
    """A private key in a text: its place with its markers, and what kind of key they say it is.

    Without a kind it is but a line that may be one's.
    """

    kind: str
    start: int
    end: int
    # Its base64, without what stood between: the same for each way to write it down.
    material: str
    # Headers of its own that stand before that.
    headers: str = ""


class _Run(Value):
    start: int
    end: int
    material: str


def private_keys(text: str) -> Iterator[PrivateKey]:
    """The private keys in a text, also those of which only the beginning or the end is there."""
    found = [*_marked(text), *_jwk(text)]
    spans = sorted((key.start, key.end) for key in found)
    found += _bare(text, spans)
    yield from sorted(found, key=lambda key: key.start)


def _marked(text: str) -> Iterator[PrivateKey]:
    """Those between markers."""
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
                limit = run.start if run else marker.start()
                yield from _parts(text, max(before, limit - _MOST_PARTS), limit)
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
            if not ends:
                yield from _parts(text, key.end if key else marker.end(), after)
            open_ = marker
        before = marker.end()


def _parts(text: str, start: int, limit: int) -> Iterator[PrivateKey]:
    """What may be lines of a key of which one end is not here, among whatever holds them."""
    for token in _PART.finditer(text, start, min(limit, start + _MOST_PARTS)):
        if _is_key(token[0]) and drawn(token[0]):
            yield PrivateKey("", *token.span(), "")


def _bare(text: str, taken: list[tuple[int, int]]) -> Iterator[PrivateKey]:
    """Those without markers, by the first bytes of their DER."""
    if not any(hint in text for hint in _DER_HINTS):
        return
    end = 0
    for head in _DER.finditer(text):
        place = bisect_left(taken, (head.start() + 1,))
        if head.start() < max(end, taken[place - 1][1] if place else 0):
            continue
        limit = taken[place][0] if place < len(taken) else len(text)
        run = _forward(text, head.start(), min(limit, head.start() + _MOST_BODY))
        if run is not None:
            end = run.end
            yield PrivateKey("PRIVATE KEY", run.start, run.end, run.material)


def _jwk(text: str) -> Iterator[PrivateKey]:
    """The private parts of JSON web keys."""
    if '"kty' in text:
        for part in _JWK.finditer(text):
            if drawn(part["value"]) and part["name"] in ("d", "k"):
                yield PrivateKey("JSON WEB KEY", *part.span("value"), part["value"])


def mask_private(text: str) -> str:
    """The text with each private key masked as one."""
    masked = _without_keys(text, lambda _start, _end: MASK)
    if '"kty' in masked:
        masked = _JWK.sub(_mask_jwk, masked)
    return _mask_middles(masked)


def _mask_jwk(part: re.Match[str]) -> str:
    return f"{part['head']}{MASK}" if drawn(part["value"]) else part[0]


def mask_private_lines(lines: list[str], first: int, last: int) -> list[str]:
    """Lines `first` to `last` without private keys that stand in them, begin above or end below.

    Every line stays one.
    """
    low, high = max(0, first - 1 - _AROUND), min(len(lines), last + _AROUND)
    shown = lines[first - 1 : last]
    near = lines[low:high]
    if sum(map(len, near)) > _MOST_NEAR:
        near = [line[:_LONGEST_LINE] for line in near]
    text = "\n".join(near)
    masked = _without_keys(
        text, lambda start, end: "\n".join([MASK] * (1 + text.count("\n", start, end)))
    )
    if masked is text:
        return shown
    return masked.split("\n")[first - 1 - low : last - low]


def _without_keys(text: str, mask: Callable[[int, int], str]) -> str:
    pieces = []
    at = 0
    for key in private_keys(text):
        start = max(at, key.start)
        if start < key.end:
            pieces += [text[at:start], mask(start, key.end)]
            at = key.end
    return "".join([*pieces, text[at:]]) if pieces else text


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
    length = sum(map(len, long))
    if strange and length < _TWO_LINES and 2 * length < len(body):
        return ""
    return "".join(tokens)


def _forward(text: str, start: int, limit: int) -> _Run | None:
    """The base64 from a place on, through line ends, quotes and signs that join strings."""
    pieces = takewhile(lambda piece: not piece["other"], _PIECE.finditer(text, start, limit))
    head: list[re.Match[str]] = []
    for piece in pieces:
        head.append(piece)
        if piece["token"] and piece["token"].strip("+/="):
            break
    # Seen at once, so that what is none costs nothing however long it goes on.
    if not head or len(head[-1]["token"] or "") < _LEAST_TOKEN:
        return None
    taken = _connected(chain(head, pieces))
    if not taken:
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


def _connected(pieces: Iterable[re.Match[str]]) -> list[re.Match[str]]:
    """The tokens of one key at the beginning of `pieces`: long ones, and single short ones.

    No more of them is asked for than it takes to see where the key ends.
    """
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
