"""Which texts of the answers an oracle went by, so that a reader sees at once what decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from scanner.model.evidence import Exchange
from scanner.redact import MASK

_MOST = 6
_LEAST_CHARS = 4
_LONGEST = 200
_QUOTED = re.compile(r"'([^'\n]{4,200})'|\"([^\"\n]{4,200})\"")
# Words that nobody writes by chance: a random one, a number of several digits, a header's name.
_RANDOM = re.compile(r"\b(?=\w*\d)(?=\w*[a-z])[a-z0-9_]{8,}\b|\b\d{4,}\b")
_HEADER = re.compile(r"\b[A-Z][A-Za-z]+(?:-[A-Z][A-Za-z]+)+(?:: [\w*/-]+)?")


def decisive(oracle: str, marks: Iterable[str], proof: tuple[Exchange, ...]) -> tuple[str, ...]:
    """The texts that decided, as they stand in the answers of `proof`, at most a handful.

    `marks` are those that the probe names; what the oracle's sentence quotes counts too. A text
    that stands in no answer, also since it was masked or cut, is left out.
    """
    answers = "\n".join(map(_answer, proof))
    folded = answers.lower()
    found: dict[str, None] = {}
    for text in (*marks, *_named(oracle)):
        usable = _LEAST_CHARS <= len(text) <= _LONGEST and MASK not in text
        at = folded.find(text.lower()) if usable else -1
        if at >= 0:
            found[answers[at : at + len(text)]] = None
    return tuple(found)[:_MOST]


def _named(oracle: str) -> Iterator[str]:
    for match in _QUOTED.finditer(oracle):
        yield match[1] or match[2]
    for pattern in (_RANDOM, _HEADER):
        for match in pattern.finditer(oracle):
            yield match[0]


def _answer(exchange: Exchange) -> str:
    if exchange.response is None:
        return ""
    headers = (f"{name}: {value}" for name, value in exchange.response.headers)
    return "\n".join((*headers, exchange.response.body))
