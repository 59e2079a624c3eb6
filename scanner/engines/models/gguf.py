"""GGUF: the template of conversations that comes with the model."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

from scanner.engines.models.bounds import Budget, Unreadable, shown
from scanner.engines.models.seen import Seen

MAGIC = b"GGUF"
_MAX_HEADER = 64 * 1024 * 1024
_MAX_PAIRS = 100_000
_MAX_DEPTH = 3
_TEXT = 8
_LIST = 9
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_TEMPLATE_KEY = re.compile(r"tokenizer\.chat_template(\..+)?")
# Jinja that reaches for what no template of a conversation needs: also where a string says it,
_TEMPLATE = re.compile(
    r"__\w+__|\|\s*attr\b|\b(cycler|joiner|lipsum|self|namespace|url_for|get_flashed_messages)\s*\."
    r"\s*_|(['\"])_{1,2}\2\s*[~+*%]|(['\"])__\w*\3"
)
# and where it is no part of a string, which may be prose.
_REACHES = re.compile(
    r"\b(os|subprocess|sys|builtins|importlib)\s*\.\s*\w+|\b(import_module|popen|eval|exec)\s*\("
)
_TAG = re.compile(r"\{([{%#])")
_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_ENDS = {"{": re.compile(r"['\"]|\}\}"), "%": re.compile(r"['\"]|%\}")}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{3}))")


class _Header:
    """Reads values, and no more of them than a header may have."""

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        self.file = file
        self.budget = budget
        self.left = _MAX_HEADER

    def take(self, count: int) -> bytes:
        self.left -= count
        if self.left < 0:
            raise Unreadable(f"its header has more than {_MAX_HEADER:,} bytes")
        data = self.file.read(count)
        if len(data) < count:
            raise Unreadable("its header is longer than the file")
        return data

    def number(self, kind: str) -> int:
        (value,) = struct.unpack(kind, self.take(struct.calcsize(kind)))
        return int(value)

    def text(self) -> str:
        return self.take(self.number("<Q")).decode("utf-8", "replace")

    def skip(self, kind: int, depth: int = 0) -> None:
        self.budget.step()
        if kind in _WIDTHS:
            self.take(_WIDTHS[kind])
        elif kind == _TEXT:
            self.take(self.number("<Q"))
        elif kind == _LIST and depth < _MAX_DEPTH:
            inner, count = self.number("<I"), self.number("<Q")
            if inner in _WIDTHS:
                self.take(_WIDTHS[inner] * count)
                return
            for _ in range(count):
                self.skip(inner, depth + 1)
        else:
            raise Unreadable(f"its header has a value of unknown kind {kind}")


def gguf_header(file: BinaryIO, seen: Seen, budget: Budget) -> None:
    """Look at the templates in a header. Raises `Unreadable`."""
    seen.format = "GGUF"
    file.seek(len(MAGIC))
    header = _Header(file, budget)
    version, _tensors, pairs = (header.number(kind) for kind in ("<I", "<Q", "<Q"))
    if version not in (2, 3):
        raise Unreadable(f"GGUF of version {version} is not known")
    for _ in range(min(pairs, _MAX_PAIRS)):
        key = header.text()
        kind = header.number("<I")
        if kind == _TEXT and _TEMPLATE_KEY.fullmatch(key):
            for tag in _tags(header.text()):
                found = _TEMPLATE.search(_unescaped(tag)) or _REACHES.search(_STRING.sub("''", tag))
                if found:
                    seen.templates.append(f"{shown(key)} holds {shown(found[0])!r}")
                    break
        else:
            header.skip(kind)
    if pairs > _MAX_PAIRS:
        raise Unreadable(f"{pairs:,} values in its header, of which {_MAX_PAIRS:,} were examined")


def _tags(template: str) -> Iterator[str]:
    """What stands in the tags of a template: all that Jinja runs. Around them is prose."""
    at = 0
    while tag := _TAG.search(template, at):
        if tag[1] == "#":
            end = template.find("#}", tag.end())
            # Jinja refuses a comment without an end.
            at = len(template) if end < 0 else end + 2
            continue
        at = _end_of(template, tag.end(), _ENDS[tag[1]])
        yield template[tag.end() : at]


def _end_of(template: str, at: int, ends: re.Pattern[str]) -> int:
    """Where a tag ends: not within its strings."""
    while found := ends.search(template, at):
        if found[0] not in "'\"":
            return found.end()
        string = _STRING.match(template, found.start())
        if not string:
            return len(template)
        at = string.end()
    return len(template)


def _unescaped(template: str) -> str:
    """The template with its strings as Jinja reads them."""
    return _ESCAPE.sub(
        lambda match: chr(
            int(match[1] or match[2], 16) if match[1] or match[2] else int(match[3], 8)
        ),
        template,
    )
