"""What a file is to the engines, where its name tells too little: by its beginning.

Pure but for the reader that it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from scanner.model.files import FileKind, is_text, kinds_of_name

# Reads that many bytes from the file's beginning; empty where it can't be read.
Read = Callable[[int], bytes]

SNIFF_BYTES = 64 * 1024
_PLAN_BYTES = 32 * 1024 * 1024
_SCRIPT_BYTES = 32 * 1024 * 1024
_LONG_LINE = 5_000
_OWN_LINES = 2
# What stands behind a long head of comments is looked for this far.
_FAR_BYTES = 2 * 1024 * 1024
_SHEBANG = re.compile(rb"#!\s*/\S*/(env\s+(-S\s+)?)?(ba|da|k|z|a)?sh\b")
_SERVICES = re.compile(rb"^[\"']?services[\"']?[ \t]{0,64}:", re.MULTILINE)
# At the beginning of a line, or behind a brace or comma as JSON on one line has it; with a tag or
# an anchor in front, or as YAML's long form of a key. Spaces are bounded: a file of nothing but
# line ends would be gone over again from each of them.
_MANIFEST_KEYS = tuple(
    re.compile(
        rb"(?:^[ \t]{0,200}|[{,][ \t\r\n]{0,64})(?:[&!][^ \t\r\n]{0,64}[ \t]{1,16}){0,2}"
        rb"(?:[\"']?%s[\"']?[ \t]{0,64}:|\?[ \t]{1,16}[\"']?%s[\"']?[ \t]{0,64}$)" % (key, key),
        re.MULTILINE,
    )
    for key in (b"apiVersion", b"kind")
)
_REMARKS = re.compile(rb"(?:[ \t]{0,200}(?:#[^\n]*)?(?:\n|\Z))*")
_ESCAPED = re.compile(rb"\\u00([2-7][0-9a-fA-F])")
# A plan as `terraform show -json` writes it; a state has `values` instead of `planned_values`.
_PLAN_HEAD = re.compile(rb'"terraform_version"\s*:')
_PLAN_KEYS = (
    re.compile(rb'"format_version"\s*:'),
    re.compile(rb'"(planned_values|resource_changes)"\s*:'),
)
_KONG_HEAD = re.compile(
    rb"^[ \t]{0,8}(?:\{[ \t]*)?[\"']?_format_version[\"']?[ \t]*:", re.MULTILINE
)
# Comments before any code are comments for certain; later ones only where they fill a line.
_FIRST_COMMENTS = re.compile(rb"(?:\s+|//[^\n]*(?:\n|\Z)|/\*(?:[^*]|\*(?!/))*\*/)*")
_COMMENT = re.compile(rb"//.*|/\*(?:[^*]|\*(?!/))*\*/")


def kinds_of(path: str, read: Read) -> tuple[FileKind, ...]:
    """Every kind that the file at a relative path is; empty where no engine reads its like.

    A file that declares several things is all of them: no line that is added takes it away from
    an engine. Text comes last, where it is nothing else.
    """
    possible = kinds_of_name(path)
    if possible == (FileKind.SHELL,) and "." not in path.rsplit("/", 1)[-1]:
        return possible if _SHEBANG.match(read(SNIFF_BYTES)) else _text(path)
    if len(possible) > 1:
        declared = set(_declared(read))
        return tuple(kind for kind in possible if kind in declared) or _text(path)
    return possible or _text(path)


def _text(path: str) -> tuple[FileKind, ...]:
    return (FileKind.TEXT,) if is_text(path) else ()


def is_bundle(read: Read) -> bool:
    """Whether a script was made by a bundler or minifier, so that its source is elsewhere: all
    that it says stands in lines that nobody writes, to its very end.

    Spaces and comments make no line long, and a comment hides no code that stands beside it.
    """
    if max(map(len, read(SNIFF_BYTES).split(b"\n"))) <= _LONG_LINE:
        return False
    whole = read(_SCRIPT_BYTES)
    first = _FIRST_COMMENTS.match(whole)
    lines = (b" ".join(line.split()) for line in whole[first.end() if first else 0 :].split(b"\n"))
    said = [len(line) for line in lines if line and not _COMMENT.fullmatch(line)]
    own = sum(length <= _LONG_LINE for length in said)
    return len(whole) < _SCRIPT_BYTES and own < len(said) and own <= _OWN_LINES


def _declared(read: Read) -> Iterator[FileKind]:
    """What a YAML or JSON file declares, by its content: its name says little of it."""
    raw = read(SNIFF_BYTES)
    head = _plain(raw)
    if b"_format_version" in head and _KONG_HEAD.search(head):
        yield FileKind.KONG
    if _is_plan(head, read):
        yield FileKind.PLAN
    if len(raw) == SNIFF_BYTES and len(head) < 2 * len(_REMARKS.match(head)[0]):  # type: ignore[index]
        # A long head of comments: what is declared stands behind it.
        head = _plain(read(_FAR_BYTES))
    if b"kind" in head and all(key.search(head) for key in _MANIFEST_KEYS):
        yield FileKind.MANIFEST
    if b"services" in head and _SERVICES.search(head):
        yield FileKind.COMPOSE


def _plain(head: bytes) -> bytes:
    """The text as its readers see it: without marks of encoding, with line ends, unescaped."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    head = head.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in head:
        head = head.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\\u00" in head:
        head = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), head)
    return head


def _is_plan(head: bytes, read: Read) -> bool:
    if not _PLAN_HEAD.search(head):
        return False
    if all(key.search(head) for key in _PLAN_KEYS):
        return True
    # Variables stand before the rest and may be long.
    whole = _plain(read(_PLAN_BYTES))
    return all(key.search(whole) for key in _PLAN_KEYS)
