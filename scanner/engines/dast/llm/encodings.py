"""Ways to write a text so that filters miss it and models may still read it."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable, Mapping

_HOMOGLYPHS = str.maketrans("aceopxyHKMT", "асеорхуНКМТ")  # noqa: RUF001 - that they look alike is the point


def to_base64(text: str) -> str:
    """RFC 4648."""
    return base64.b64encode(text.encode()).decode()


def to_hex(text: str) -> str:
    """Two digits a byte."""
    return text.encode().hex()


def to_rot13(text: str) -> str:
    """Letters moved by thirteen places."""
    return codecs.encode(text, "rot13")


def to_tags(text: str) -> str:
    """Unicode tag characters, which show nothing on a screen and which tokenizers keep."""
    return "".join(chr(0xE0000 + ord(char)) if 0x20 <= ord(char) < 0x7F else char for char in text)


def to_homoglyphs(text: str) -> str:
    """Cyrillic letters in place of Latin ones that look the same."""
    return text.translate(_HOMOGLYPHS)


def to_zero_width(text: str) -> str:
    """A zero-width space after each letter of the words that filters look for."""
    return "\u200b".join(text)


def to_reversed(text: str) -> str:
    """From the last character to the first."""
    return text[::-1]


ENCODERS: Mapping[str, Callable[[str], str]] = {
    "base64": to_base64,
    "hex": to_hex,
    "rot13": to_rot13,
    "tags": to_tags,
    "homoglyphs": to_homoglyphs,
    "zero-width": to_zero_width,
    "reversed": to_reversed,
}
