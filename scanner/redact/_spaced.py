"""Values that a blank parts from the name of a secret: of options, and of other old forms. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.redact._names import is_secret_name
from scanner.redact._text import MASK, stands_for_one
from scanner.redact._values import (
    BARE_END,
    JUDGED,
    LEAST_BARE,
    OPEN,
    QUOTE,
    Reader,
    Span,
    has_a_digit,
    is_literal,
    is_mounted,
)

_PERSON = re.compile(
    rf"\b(?P<name>auth)\s{{0,9}}=\s{{0,9}}[\w.]{{0,40}}\(\s{{0,40}}{QUOTE}[^\"'`\\\n]{{0,100}}{QUOTE},\s{{0,40}}"
    rf"(?={QUOTE})|(?<![\w-])(?P<user>-u|--user)[ =]{{1,9}}[\"']?[\w.@-]{{1,60}}:(?=\S)"
)
# Names that a blank parts from their values: of options, and of a Dockerfile's old form.
_FLAG = re.compile(
    r"(?<![\w-])(?P<name>--?[A-Za-z][\w-]*)"
    r"(?:[ \t]{1,9}|[ \t]{0,9},[ \t]{0,9}|[ \t]{0,9}\n[ \t]{0,40}-[ \t]{1,9})(?=[^\s,-])"
)
_ENV = re.compile(
    r"\b(?:ENV|ARG|setx|set|set -\w{1,3}|setenv)[ \t]{1,9}(?P<name>\w+)[ \t]{1,9}(?=\S)"
)
_LOGIN = re.compile(r"\blogin\s{1,9}\S{1,100}\s{1,9}(?P<name>password)\s{1,9}(?=\S)")
_TOLD = re.compile(
    r"\b(?P<name>password|passphrase)\s{1,9}(?:is|was)\s{1,9}(?:now\s)?(?=[\w\"'`])",
    re.IGNORECASE,
)


def spans_behind_blanks(text: str) -> Iterator[Span]:
    """Where such values stand."""
    patterns = (
        *([_FLAG] if "-" in text else []),
        *([_ENV] if "ENV" in text or "ARG" in text or "set" in text else []),
        *([_LOGIN] if "login" in text else []),
        *([_PERSON] if "auth" in text or "-u" in text else []),
        *([_TOLD] if " is" in text or " was" in text else []),
    )
    for pattern in patterns:
        reader = Reader(text)
        for match in pattern.finditer(text):
            if pattern in (_PERSON, _TOLD) or is_secret_name(match["name"]):
                span = _spaced(reader, match, word=pattern in (_ENV, _LOGIN))
                if span is not None:
                    yield span


def _spaced(reader: Reader, match: re.Match[str], *, word: bool) -> Span | None:
    """The value that a blank parts from its name; that may be a `word` only where no prose is."""
    text, at = reader.text, match.end()
    opened = OPEN.match(text, at)
    if opened is not None:
        at, end = opened.end(), reader.quoted(opened["quote"], opened.end())
    else:
        found = BARE_END.search(text, at, at + 2_000)
        end = found.start() if found else min(len(text), at + 2_000)
    value = text[at : min(end, at + JUDGED)]
    if end - at < LEAST_BARE or text.startswith(MASK, end) or stands_for_one(value):
        return None
    if value[0] in "$%=" or text[end : end + 1] == "(" or is_mounted(match["name"] or "", value):
        return None
    shouted = word and match["name"].isupper() and not value.isdigit()
    no_code = match.re is _TOLD or (match.re is _FLAG and match["name"].startswith("--"))
    told = is_literal(value) or (no_code and has_a_digit(value))
    return (at, end) if shouted or told else None
