"""Where the value of a name ends, and whether it is one: what the ways of giving it share. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable

from scanner.redact._text import MASK, drawn

Span = tuple[int, int]

QUOTE = r"\\{0,7}[\"'`]"
PREFIX = r"(?:[bBrRuUfF]{1,2}|[@$L])?"
OPEN = re.compile(rf"(?P<prefix>{PREFIX})(?P<quote>\\{{0,7}}(?:\"{{3}}|'{{3}}|[\"'`]))")
BARE_END = re.compile(r"[\s\"'`,;&|<>(){}\[\]\\]")
_LINE_OR_QUOTE = {
    bare: re.compile(rf"(?<!\\)\\*{bare}|\n") for bare in ('"""', "'''", '"', "'", "`")
}
IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\.?$")
PATH = re.compile(r"(?:\.{0,2}|~|[\w.-]+:/?)/")
# What a probe sends to see whether it is taken for code: no secret, and the proof itself.
_PAYLOAD = re.compile(
    r"""['"]\s*\)*\s*(?:or|and|union|having|\|\||&&|;)[\s'"(]|['"]\s*(?:--|\#)|;\s*(?:drop|select|sleep)\b
        |\{\{.*\}\}|\$\{.*\}|<(?:script|!ENTITY|img|svg)\b|\.\./\.\./|\*\)\(|\$\((?:id|sleep)\b""",
    re.VERBOSE | re.IGNORECASE,
)
_MOUNTED = re.compile(r"(?:id|type|src|source|env|target)=\w")
LEAST_BARE = 6
# So much of a value tells whether it is a secret.
JUDGED = 160


def without(text: str, spans: Iterable[Span]) -> str:
    """The text with a mask in each of these places; of those that overlap, in the first."""
    pieces: list[str] = []
    at = 0
    for start, end in sorted(spans):
        if start >= at:
            pieces += [text[at:start], MASK]
            at = end
    return "".join([*pieces, text[at:]]) if pieces else text


class Reader:
    """Finds where values end, asked from the front to the back; it looks through no part twice."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._bare_end = -1
        self._open: dict[str, int] = {}

    def bare(self, at: int) -> int:
        """Where a value without quotes that begins at `at` ends."""
        if at > self._bare_end or self._bare_end < 0:
            found = BARE_END.search(self.text, at)
            self._bare_end = found.start() if found else len(self.text)
        return self._bare_end

    def quoted(self, quote: str, at: int) -> int:
        """Where the string that began in front of `at` ends, in its line; -1 where it is open."""
        if at < self._open.get(quote, -1):
            return -1
        bare = quote.lstrip("\\")
        depth = len(quote) - len(bare)
        for match in _LINE_OR_QUOTE[bare].finditer(self.text, at):
            if match[0] == "\n":
                self._open[quote] = match.end()
                return -1
            slashes = len(match[0]) - len(bare)
            closes = ((slashes - depth) // (depth + 1)) % 2 == 0 if slashes > depth else True
            if closes:
                return match.end() - len(bare) - min(depth, slashes)
        self._open[quote] = len(self.text)
        return -1


def is_literal(value: str) -> bool:
    """Whether it can't be an expression: no name of one or several words, no number, no path."""
    if drawn(value):
        return True
    if IDENTIFIER.match(value):
        return sum(map(str.isdigit, value)) > 1 and not {*"._"} & {*value}
    return not (PATH.match(value) or re.match(r"[\d.$@%:*=-]", value)) and any(
        map(str.isdigit, value)
    )


def has_a_digit(value: str) -> bool:
    """Whether it is no word: enough where no expression can stand."""
    judged = value[:JUDGED].rstrip(".,!?")
    return any(map(str.isdigit, judged)) and (is_literal(judged) or judged.isalnum())


def is_mounted(name: str, value: str) -> bool:
    """Whether it is `--secret id=token,src=...`, which says where the secret is."""
    return name.lstrip("-").lower() == "secret" and _MOUNTED.match(value) is not None


def is_payload(value: str) -> bool:
    """Whether it is what a probe sends, and no secret."""
    return _PAYLOAD.search(value) is not None and not drawn(value)


def is_pair(value: str) -> bool:
    """Whether it is base64 of a user and a password, as Docker keeps them."""
    plain = value.rstrip("=")
    try:
        decoded = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in decoded and decoded.isascii()
