"""Values that are given to a name that says that it is a secret's. Pure.

In code an unquoted value is an expression; only what can be none is masked there. A name that says
nothing is passed over alone, without its value: in that the next pair may stand.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from scanner.redact._names import (
    is_about_a_secret,
    is_plain_token,
    is_secret_header,
    is_secret_name,
    names_a_secret_within,
)
from scanner.redact._text import MASK, drawn, stands_for_one

Span = tuple[int, int]

# One of these is in each name that is meant here; they are cheap to look for.
_WORDS = (
    *("passw", "passphrase", "secret", "token", "credential", "pwd", "dsn", "signature", "cookie"),
    *(
        "connection_string",
        "connection-string",
        "connectionstring",
        "sig=",
        "code=",
        "auth=",
        "jwt",
    ),
    *("pass=", "session", 'auth"', "auth'", "auth\\", "auth:", "sig%3d", "authori"),
    *("-u ", "--user"),
)
_KEY = re.compile(
    r"(?:api|access|private|auth|account|signing|encryption|storage|shared|master|license|jwt"
    r"|subscription|functions|openai|admin|deploy|app|client|service|customer)[_-]?key|[?&;#]key="
)
_QUOTE = r"\\{0,7}[\"'`]"
_ENTITY = r"&(?:quot|apos|\#34|\#39|\#x27);"
_PREFIX = r"(?:[bBrRuUfF]{1,2}|[@$L])?"
_OPEN = re.compile(rf"(?P<prefix>{_PREFIX})(?P<quote>\\{{0,7}}(?:\"{{3}}|'{{3}}|[\"'`]))")
# What may stand between a name and its value. No alternative begins with what ends a name.
_LEAD = re.compile(
    rf"""(?<![\w.-])(?P<name>[\w.-]+)(?:
        (?P<gap>(?:{_QUOTE})?\]?\s{{0,40}}[:=]=?>?\s{{0,40}})
        |(?P<coded>(?:%22)?%(?:25){{0,3}}3[ADad](?:%20|\+)?(?:%22)?|\\{{1,4}}u003[adAD]
            |{_ENTITY}\s?[:=]\s?{_ENTITY})
        |(?P<paired>{_QUOTE}(?:\s{{1,9}}[\w-]{{1,30}}=["'][^"'<>\n]{{0,80}}["']){{0,4}}\s{{0,9}},?\s{{0,40}}
            (?:{_QUOTE})?[vV]alue(?:{_QUOTE})?\s{{0,9}}[:=]\s{{0,9}}(?={_QUOTE}))
        |(?P<listed>{_QUOTE}(?:\s{{0,9}},\s{{0,40}}|\s{{0,40}}\n\s{{0,40}}-\s{{1,9}})(?={_PREFIX}{_QUOTE}))
        |(?P<tag>(?:["']\s{{0,9}})?>)
        |(?P<call>\(\s{{0,9}}(?={_QUOTE}))
    )""",
    re.VERBOSE,
)
_ANNOTATED = re.compile(rf"[\w.\[\]|, ]{{1,60}}=\s{{0,40}}(?={_PREFIX}{_QUOTE})")
# An opening sign in front of the value, or what else is taken where another is missing.
_OPENED = re.compile(
    rf"(?:(?:str|bytes|String|new String)\(|[(\[{{]{{1,2}}"
    r"|[^\n]{1,120}?(?:\bor|\belse|\|\||\?\?)[ \t])"
    rf"\s{{0,40}}(?={_PREFIX}{_QUOTE})"
)
_PERSON = re.compile(
    rf"\b(?P<name>auth)\s{{0,9}}=\s{{0,9}}[\w.]{{0,40}}\(\s{{0,40}}{_QUOTE}[^\"'`\\\n]{{0,100}}{_QUOTE},\s{{0,40}}"
    rf"(?={_QUOTE})|(?<![\w-])(?P<user>-u|--user)[ =]{{1,9}}[\"']?[\w.@-]{{1,60}}:(?=\S)"
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
_TAGGED = re.compile(r"(?P<value>[^<>\s]{3,400})</")
_WRAPPER = re.compile(r"Secret(?:Str|Bytes|String)$")
_FROM_ENVIRONMENT = re.compile(
    r"(?:env|environ\.get|setdefault|putenv|config|\.get|\.pop|[gs]etProperty|getOrDefault|getenv"
    r"|setenv)\(\s{0,9}\\{0,7}[\"'`]$",
    re.IGNORECASE,
)
_BARE_END = re.compile(r"[\s\"'`,;&|<>(){}\[\]\\]")
_CODED_END = re.compile(r"%(?:25){0,3}(?:26|22|2[cC]|7[dD]|0[aAdD]|20|3[bB])")
_AFTER = re.compile(r"[(\[{]|(?<=\w)\s{0,3}[|=,)]")
_LINE_OR_QUOTE = {
    bare: re.compile(rf"(?<!\\)\\*{bare}|\n") for bare in ('"""', "'''", '"', "'", "`")
}
_THREE = ('"""', "'''")
_IN_QUERY = frozenset({"sig", "key", "code", "auth", "signature", "x-amz-signature"})
_IN_QUERY_ONLY = frozenset({"sig", "key", "code", "auth", "session", "sid", "jwt", "sas"})
_AUTH = frozenset({"auth", "_auth"})
_SHORT = frozenset({"pwd", "pass"})
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\.?$")
_PATH = re.compile(r"(?:\.{0,2}|~|[\w.-]+:/?)/")
_NAME_OF_TOKEN = re.compile(r"(?:[A-Za-z]+[_-])*(?:[A-Za-z]*[a-z])?[tT]oken$")
_FIELD = re.compile(r"\{[^{}]*\}")
# What a probe sends to see whether it is taken for code: no secret, and the proof itself.
_PAYLOAD = re.compile(
    r"""['"]\s*\)*\s*(?:or|and|union|having|\|\||&&|;)[\s'"(]|['"]\s*(?:--|\#)|;\s*(?:drop|select|sleep)\b
        |\{\{.*\}\}|\$\{.*\}|<(?:script|!ENTITY|img|svg)\b|\.\./\.\./|\*\)\(|\$\((?:id|sleep)\b""",
    re.VERBOSE | re.IGNORECASE,
)
_LEAST_BARE = 6
_LEAST_IN_QUERY = 4
# So much of a value tells whether it is a secret.
_JUDGED = 160


def mask_assigned(text: str) -> str:
    """The text without values that are given to a secret's name."""
    folded = text.lower()
    if not any(word in folded for word in _WORDS) and not ("key" in folded and _KEY.search(folded)):
        return text
    pieces: list[str] = []
    at = 0
    for start, end in sorted(_spans(text)):
        if start < at:
            continue
        pieces += [text[at:start], MASK]
        at = end
    return "".join([*pieces, text[at:]]) if pieces else text


def _spans(text: str) -> Iterator[Span]:
    """Where values stand that are masked; some may stand in others."""
    reader = _Reader(text)
    for match in _LEAD.finditer(text):
        span = _given(reader, match)
        if span is not None:
            yield span
    patterns = (
        *([_FLAG] if "-" in text else []),
        *([_ENV] if "ENV" in text or "ARG" in text or "set" in text else []),
        *([_LOGIN] if "login" in text else []),
        *([_PERSON] if "auth" in text or "-u" in text else []),
    )
    for pattern in patterns:
        reader = _Reader(text)
        for match in pattern.finditer(text):
            if pattern is _PERSON or is_secret_name(match["name"]):
                span = _spaced(reader, match, word=pattern in (_ENV, _LOGIN))
                if span is not None:
                    yield span


class _Reader:
    """Finds where values end, asked from the front to the back; it looks through no part twice."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._bare_end = -1
        self._open: dict[str, int] = {}

    def bare(self, at: int) -> int:
        """Where a value without quotes that begins at `at` ends."""
        if at > self._bare_end or self._bare_end < 0:
            found = _BARE_END.search(self.text, at)
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


def _given(reader: _Reader, match: re.Match[str]) -> Span | None:
    """The place of the value behind a name, if it is a secret."""
    text, name, at = reader.text, match["name"].lstrip("-"), match.end()
    query, name = _in_query(text, match.start("name"), name)
    if match["tag"]:
        return _tagged(text, match, name)
    if match["call"] and not _WRAPPER.search(name):
        return None
    low = name.lower()
    known = low in _IN_QUERY or low in _IN_QUERY_ONLY or low in _AUTH or low in _SHORT
    told = known or is_about_a_secret(name) or is_secret_name(name) or is_secret_header(name)
    if not (match["call"] or told):
        return None
    gap = match["gap"] or ""
    opened = _OPEN.match(text, at)
    if opened is None and gap.strip()[-1:] == ":":
        typed = _ANNOTATED.match(text, at)
        opened = _OPEN.match(text, typed.end()) if typed else None
    wrapped = None
    if opened is None and gap and is_secret_name(name):
        wrapped = _OPENED.match(text, at)
        opened = _OPEN.match(text, wrapped.end()) if wrapped else None
    if opened is not None:
        end = reader.quoted(opened["quote"], opened.end())
        if end <= opened.end():
            return None
        if wrapped and not _is_literal(text[opened.end() : min(end, opened.end() + _JUDGED)]):
            return None
        value = text[opened.end() : end]
        docstring = opened["quote"] in _THREE and "=" not in gap and "\n" in gap
        if docstring or not _is_quoted_secret(match, name, value, opened["prefix"]):
            return None
        return opened.end(), end
    if match["listed"] or match["paired"] or match["call"]:
        return None
    return _bare(reader, match, name, query=query)


def _in_query(text: str, start: int, name: str) -> tuple[bool, str]:
    """Whether a name is that of a parameter of an address, and the name without a coded sign."""
    before = text[start - 1 : start]
    if before == "%" and name[:2].lower() in ("26", "3f", "23"):
        return True, name[2:]
    if before == "\\" and name[:5].lower() in ("u0026", "u003f"):
        return True, name[5:]
    if before == ";":
        return text[start - 5 : start] == "&amp;", name
    return before != "" and before in "?&#", name


def _tagged(text: str, match: re.Match[str], name: str) -> Span | None:
    """The text of an element of XML of a secret's name."""
    before = text[max(0, match.start("name") - 6) : match.start("name")]
    quoted = match["tag"] != ">"
    if not before.endswith(("name=", "key=") if quoted else ("<", ":"), 0, -1 if quoted else None):
        return None
    value = _TAGGED.match(text, match.end())
    if value is None or not is_secret_name(name) or stands_for_one(value["value"]):
        return None
    return value.span("value") if MASK not in value["value"] else None


def _is_quoted_secret(match: re.Match[str], name: str, value: str, prefix: str) -> bool:
    if stands_for_one(value):
        return False
    judged = value[:_JUDGED]
    if "f" in prefix.lower() and "{" in value:
        return _is_literal(_FIELD.sub("", judged))
    if match["call"]:
        return not _is_payload(judged)
    if match["listed"]:
        return _is_listed_secret(match, name, judged)
    if name.lower() in _AUTH:
        return _is_pair(judged) or drawn(judged)
    if name.lower() in _SHORT:
        return len(value) > 3 and not _PATH.match(judged) and not _is_payload(judged)
    named = name.lower().endswith("token") and _NAME_OF_TOKEN.match(judged)
    if named or is_plain_token(name):
        return drawn(judged)
    if is_secret_name(name) or names_a_secret_within(name):
        return not _is_payload(judged)
    if is_secret_header(name):
        return _is_literal(judged)
    return is_about_a_secret(name) and drawn(judged)


def _is_listed_secret(match: re.Match[str], name: str, value: str) -> bool:
    """Of what stands behind a name in a list of strings, which is a list of names just as often."""
    if not is_secret_name(name) or value.startswith("-"):
        return False
    text, start = match.string, match.start("name")
    if _FROM_ENVIRONMENT.search(text[max(0, start - 40) : start]):
        return not (is_secret_name(value) and _IDENTIFIER.match(value))
    if match["name"].startswith("-"):
        return drawn(value) or not _IDENTIFIER.match(value) or any(map(str.isdigit, value))
    return drawn(value)


def _bare(reader: _Reader, match: re.Match[str], name: str, *, query: bool) -> Span | None:
    text, at = reader.text, match.end()
    end = reader.bare(at)
    if match["coded"]:
        coded = _CODED_END.search(text, at, min(end, at + 2_000))
        end = coded.start() if coded else end
        query = True
    if end - at < (_LEAST_IN_QUERY if query else _LEAST_BARE):
        return None
    value = text[at : min(end, at + _JUDGED)]
    after = _AFTER.match(text, end)
    sign = after[0].strip() if after else ""
    gap = match["gap"] or match["coded"]
    query = query and gap in ("=", match["coded"])
    # A call, or behind a colon the type of a parameter.
    hidden = text.startswith(MASK, end)
    if (sign in ("(", "[", "{") and not hidden) or (
        sign and ":" in gap and _IDENTIFIER.match(value)
    ):
        return None
    beside = ";" in (text[match.start("name") - 1 : match.start("name")], text[end : end + 1])
    if stands_for_one(value):
        return None
    return (at, end) if _is_bare_secret(name, value, gap, query, beside) else None


def _is_bare_secret(name: str, value: str, gap: str, query: bool, beside: bool) -> bool:
    """Whether a value without quotes is one; `beside` stands a semicolon, as between settings."""
    low = name.lower()
    if low in _IN_QUERY or low in _IN_QUERY_ONLY:
        return query and drawn(value)
    if low in _AUTH:
        return gap == "=" and (_is_pair(value) or drawn(value))
    if low in _SHORT:
        # The folder that a shell is in has the same name.
        in_settings = beside and gap == "=" and not _PATH.match(value)
        return query or in_settings or (low != "pwd" and _is_literal(value))
    if is_secret_header(name) and ":" in gap and not is_secret_name(name):
        return _is_literal(value)
    if not is_secret_name(name) and not is_secret_header(name):
        return False
    if query or (name.isupper() and gap == "="):
        return not value.isdigit()
    if beside and gap == "=" and name[0].isupper() and is_secret_name(name):
        return True
    return _is_literal(value)


def _spaced(reader: _Reader, match: re.Match[str], *, word: bool) -> Span | None:
    """The value that a blank parts from its name; that may be a `word` only where no prose is."""
    text, at = reader.text, match.end()
    opened = _OPEN.match(text, at)
    if opened is not None:
        at, end = opened.end(), reader.quoted(opened["quote"], opened.end())
    else:
        found = _BARE_END.search(text, at, at + 2_000)
        end = found.start() if found else min(len(text), at + 2_000)
    value = text[at : min(end, at + _JUDGED)]
    if end - at < _LEAST_BARE or text.startswith(MASK, end) or stands_for_one(value):
        return None
    if value[0] in "$%=" or text[end : end + 1] == "(":
        return None
    shouted = word and match["name"].isupper() and not value.isdigit()
    return (at, end) if shouted or _is_literal(value) else None


def _is_literal(value: str) -> bool:
    """Whether it can't be an expression: no name of one or several words, no number, no path."""
    if drawn(value):
        return True
    if _IDENTIFIER.match(value):
        return sum(map(str.isdigit, value)) > 1 and not {*"._"} & {*value}
    return not (_PATH.match(value) or re.match(r"[\d.$@%:*=-]", value)) and any(
        map(str.isdigit, value)
    )


def _is_payload(value: str) -> bool:
    return _PAYLOAD.search(value) is not None and not drawn(value)


def _is_pair(value: str) -> bool:
    """Whether it is base64 of a user and a password, as Docker keeps them."""
    plain = value.rstrip("=")
    try:
        decoded = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in decoded and decoded.isascii()
