"""Files that have the name of a model and are plainly text: translations, lists of scores."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

_SAMPLE = 256 * 1024
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def looks_like_text(file: BinaryIO, size: int) -> bool:
    """Whether the beginning and the end of a file are text."""
    file.seek(0)
    head = file.read(_SAMPLE)
    encoding = _WIDE.get(head[:2], "utf-8")
    if not _is_text(head, encoding, cut=size > _SAMPLE):
        return False
    if size <= _SAMPLE or encoding != "utf-8":
        return True
    file.seek(max(_SAMPLE, size - _SAMPLE))
    # What is cut in the middle begins with the rest of a character.
    return _is_text(file.read().lstrip(bytes(range(0x80, 0xC0))), encoding, cut=False)


def _is_text(data: bytes, encoding: str, *, cut: bool) -> bool:
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data, final=not cut)
    except UnicodeError:
        return False
    return not _CONTROL.search(text)
