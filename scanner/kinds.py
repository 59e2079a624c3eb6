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
_SHEBANG = re.compile(rb"#!\s*/\S*/(env\s+(-S\s+)?)?(ba|da|k|z|a)?sh\b")
_SERVICES = re.compile(rb"^[\"']?services[\"']?[ \t]{0,64}:", re.MULTILINE)
# At the beginning of a line, or behind a brace or comma as JSON on one line has it. Spaces are
# bounded: a file of nothing but line ends would be gone over again from each of them.
_MANIFEST_KEYS = tuple(
    re.compile(
        rb"(?:^[ \t]{0,200}|[{,][ \t\r\n]{0,64})[\"']?%s[\"']?[ \t]{0,64}:" % key, re.MULTILINE
    )
    for key in (b"apiVersion", b"kind")
)
# A plan as `terraform show -json` writes it; a state has `values` instead of `planned_values`.
_PLAN_HEAD = re.compile(rb'"terraform_version"\s*:')
_PLAN_KEYS = (
    re.compile(rb'"format_version"\s*:'),
    re.compile(rb'"(planned_values|resource_changes)"\s*:'),
)
_KONG_HEAD = re.compile(
    rb"^[ \t]{0,8}(?:\{[ \t]*)?[\"']?_format_version[\"']?[ \t]*:", re.MULTILINE
)
_COMMENT = re.compile(rb"\s*(//|/?\*|$)")


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
    that it says stands in lines that nobody writes, to its very end."""
    if max(map(len, read(SNIFF_BYTES).split(b"\n"))) <= _LONG_LINE:
        return False
    whole = read(_SCRIPT_BYTES)
    own = [
        line for line in whole.split(b"\n") if len(line) <= _LONG_LINE and not _COMMENT.match(line)
    ]
    return len(whole) < _SCRIPT_BYTES and len(own) <= _OWN_LINES


def _declared(read: Read) -> Iterator[FileKind]:
    """What a YAML or JSON file declares, by its content: its name says little of it."""
    head = read(SNIFF_BYTES)
    if b"_format_version" in head and _KONG_HEAD.search(head):
        yield FileKind.KONG
    if _is_plan(head, read):
        yield FileKind.PLAN
    if all(key.search(head) for key in _MANIFEST_KEYS):
        yield FileKind.MANIFEST
    if _SERVICES.search(head):
        yield FileKind.COMPOSE


def _is_plan(head: bytes, read: Read) -> bool:
    # A redirect in PowerShell writes UTF-16.
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode("utf-8")
    if not _PLAN_HEAD.search(head):
        return False
    if all(key.search(head) for key in _PLAN_KEYS):
        return True
    # Variables stand before the rest and may be long.
    whole = read(_PLAN_BYTES)
    return all(key.search(whole) for key in _PLAN_KEYS)
