"""Takes secrets out of text before it is stored anywhere.

Pure. Every snippet, message and exchange passes through here when its record is built; what is
never stored can't leak from a report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from scanner.redact._assigned import mask_assigned
from scanner.redact._commands import mask_commands
from scanner.redact._declared import mask_declared as _mask_declared
from scanner.redact._forms import HEAD, UNNAMED, Form, forms_in
from scanner.redact._names import is_secret_header
from scanner.redact._private import (
    PrivateKey,
    mask_private,
    mask_private_lines,
    private_keys,
)
from scanner.redact._shapes import mask_shapes
from scanner.redact._text import MASK, drawn

__all__ = [
    "HEAD",
    "MASK",
    "UNNAMED",
    "Form",
    "PrivateKey",
    "drawn",
    "forms_in",
    "is_secret_header",
    "mask_declared",
    "mask_literals",
    "private_keys",
    "redact",
    "redacted_lines",
    "redacted_start",
]

# An escape outside of a string begins none; one with three quotes may be open at the end.
_LITERAL = (
    r"""\\.|(?P<long>\"{3}|'{3})(?:\\.|(?!(?P=long))[^\\])*(?:(?P=long)|\\?\Z)"""
    r"""|(?P<quote>["'])(?:\\.|(?!(?P=quote))[^\\\n])*"""
)
_WHOLE = re.compile(_LITERAL + "(?P=quote)", re.DOTALL)
_CUT_OFF = re.compile(_LITERAL + r"(?:(?P=quote)|\\?\Z)", re.DOTALL)
# No secret is longer, but for private keys, which are known by their beginning.
_MARGIN = 2_000
# Marks where a line was cut; from the private use area, so that it is no part of a secret.
_LINE_END = "\n"
_CUT = "\ue0f1"


def redact(text: str, known: Iterable[str] = ()) -> str:
    """Mask what looks like a credential, and every one of the `known` secret values."""
    for secret in sorted({value for value in known if len(value) >= 4}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return mask_commands(mask_assigned(mask_shapes(mask_private(text))))


def redacted_start(text: str, limit: int, known: Iterable[str] = ()) -> str:
    """At most `limit` characters of a text, redacted.

    It is cut behind the limit first, so that no work is done for what is not shown, and again in
    front of where that may have left half of a secret that is not known by its half.
    """
    values = tuple(known)
    margin = max([_MARGIN, *map(len, values)])
    wide = limit * 4 + margin
    shown = redact(text[:wide], values)
    return (shown if len(text) <= wide else shown[:-margin])[:limit]


def redacted_lines(lines: Sequence[str], limit: int) -> list[str]:
    """Lines redacted as one text and cut to `limit` characters; masks may join, never add any."""
    wide = limit * 4 + _MARGIN
    cut = [line if len(line) <= wide else line[:wide] + _CUT for line in lines]
    shown = redact("\n".join(cut)).split("\n")
    return [_shortened(line, limit) for line in shown]


def _shortened(line: str, limit: int) -> str:
    cut = line.endswith(_CUT)
    kept = line[: -len(_CUT) - _MARGIN] if cut else line
    return kept if len(kept) <= limit and not cut else kept[:limit] + " …"


def mask_declared(path: str, lines: list[str], first: int, last: int) -> list[str]:
    """Lines `first` to `last` of a file, without what can only be known from the lines around.

    That are private keys of which a part is cut off, and, in a file that declares things, what is
    named as a secret: its values need no quotes. Every line stays one.
    """
    hidden = mask_private_lines(lines, first, last)
    if hidden != lines[first - 1 : last]:
        lines = [*lines[: first - 1], *hidden, *lines[last:]]
    return _mask_declared(path, lines, first, last)


def mask_literals(text: str, *, cut: bool = False) -> str:
    """Mask every quoted string: for the lines of a finding that is itself about a secret.

    Where the text was `cut`, one may be open at its end. Every line stays one.
    """
    return (_CUT_OFF if cut else _WHOLE).sub(_mask_literal, text)


def _mask_literal(match: re.Match[str]) -> str:
    quote = match["long"] or match["quote"]
    return f"{quote}{MASK}{_LINE_END * match[0].count(_LINE_END)}{quote}" if quote else match[0]
