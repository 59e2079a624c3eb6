"""Makes untrusted text safe to print on a terminal or in a CI log."""

from __future__ import annotations

import re
import unicodedata

_COMMAND = re.compile(r"##(?=[\w.-]*\[)")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def plain(text: str) -> str:
    """One line of `text` in which nothing can steer a terminal or a CI runner.

    Control, bidirectional and surrogate characters are shown as escapes; `::`, `##[` and
    `##vso[`, which a CI log would take for the beginning of a command, are broken up.
    """
    shown = "".join(_visible(character) for character in text)
    return _COMMAND.sub("#\u200b#", shown.replace("::", ":\u200b:"))


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN:
        return character
    if character in "\n\t":
        return " "
    return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"
