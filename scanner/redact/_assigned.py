"""Values that are given to a name that says that it is a secret's. Pure.

In code an unquoted value is an expression; only what can be none is masked there. A name that says
nothing is passed over alone, without its value: in that the next pair may stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.redact._names import (
    is_about_a_secret,
    is_plain_token,
    is_secret_header,
    is_secret_name,
    names_a_secret_within,
)
from scanner.redact._spaced import spans_behind_blanks
from scanner.redact._text import MASK, drawn, stands_for_one
from scanner.redact._values import (
    IDENTIFIER,
    JUDGED,
    LEAST_BARE,
    OPEN,
    PATH,
    PREFIX,
    QUOTE,
    Reader,
    Span,
    has_a_digit,
    is_literal,
    is_mounted,
    is_pair,
    is_payload,
    without,
)

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
_ENTITY = r"&(?:quot|apos|\#34|\#39|\#x27);"
# What may stand between a name and its value. No alternative begins with what ends a name.
_LEAD = re.compile(
    rf"""(?<![\w.-])(?P<name>[\w.-]+)(?:
        (?P<gap>(?:{QUOTE})?\]?\s{{0,40}}[:=]=?>?\s{{0,40}})
        |(?P<coded>(?:%22)?%(?:25){{0,3}}3[ADad](?:%20|\+)?(?:%22)?|\\{{1,4}}u003[adAD]
            |{_ENTITY}\s?[:=]\s?{_ENTITY})
        |(?P<paired>{QUOTE}(?:\s{{1,9}}[\w-]{{1,30}}=["'][^"'<>\n]{{0,80}}["']){{0,4}}\s{{0,9}},?\s{{0,40}}
            (?:{QUOTE})?[vV]alue(?:{QUOTE})?\s{{0,9}}[:=]\s{{0,9}}(?={QUOTE}))
        |(?P<listed>{QUOTE}(?:\s{{0,9}},\s{{0,40}}|\s{{0,40}}\n\s{{0,40}}-\s{{1,9}})(?={PREFIX}{QUOTE}))
        |(?P<tag>(?:["']\s{{0,9}})?>)
        |(?P<call>\(\s{{0,9}}(?={QUOTE}))
    )""",
    re.VERBOSE,
)
_ANNOTATED = re.compile(rf"[\w.\[\]|, ]{{1,60}}=\s{{0,40}}(?={PREFIX}{QUOTE})")
# An opening sign in front of the value, or what else is taken where another is missing.
_OPENED = re.compile(
    rf"(?:(?:str|bytes|String|new String)\(|[(\[{{]{{1,2}}"
    r"|[^\n]{1,120}?(?:\bor|\belse|\|\||\?\?)[ \t])"
    rf"\s{{0,40}}(?={PREFIX}{QUOTE})"
)
_TAGGED = re.compile(r"(?P<value>[^<>\s]{3,400})</")
_WRAPPER = re.compile(r"Secret(?:Str|Bytes|String)$")
_FROM_ENVIRONMENT = re.compile(
    r"(?:env|environ\.get|setdefault|putenv|config|\.get|\.pop|[gs]etProperty|getOrDefault|getenv"
    r"|setenv)\(\s{0,9}\\{0,7}[\"'`]$",
    re.IGNORECASE,
)
_CODED_END = re.compile(r"%(?:25){0,3}(?:26|22|2[cC]|7[dD]|0[aAdD]|20|3[bB])")
_AFTER = re.compile(r"[(\[{]|(?<=\w)\s{0,3}[|=,)]")
_THREE = ('"""', "'''")
_IN_QUERY = frozenset({"sig", "key", "code", "auth", "signature", "x-amz-signature"})
_IN_QUERY_ONLY = frozenset({"sig", "key", "code", "auth", "session", "sid", "jwt", "sas"})
_AUTH = frozenset({"auth", "_auth"})
_SHORT = frozenset({"pwd", "pass"})
_NAME_OF_TOKEN = re.compile(r"(?:[A-Za-z]+[_-])*(?:[A-Za-z]*[a-z])?[tT]oken$")
_SETTING = re.compile(
    r"""(?:^|[=\s(,\[{:+])[bfrBFR]?\\?["']$|(?<![\w.\])])\w+=[^\s,;()"']{1,60}[ ]$
        |(?:--(?:set(?:-string)?|from-literal|build-arg|env|var|param(?:eter)?s?|opt)|\s-(?:var|e))
         (?:[ =]["']?|["'],[ ]?["'])(?:[\w.=/-]{1,60},){0,4}$""",
    re.VERBOSE,
)
_FIELD = re.compile(r"\{[^{}]*\}")
_LEAST_IN_QUERY = 4


def mask_assigned(text: str) -> str:
    """The text without values that are given to a secret's name."""
    folded = text.lower()
    if not any(word in folded for word in _WORDS) and not ("key" in folded and _KEY.search(folded)):
        return text
    return without(text, _spans(text))


def _spans(text: str) -> Iterator[Span]:
    """Where values stand that are masked; some may stand in others."""
    reader = Reader(text)
    for match in _LEAD.finditer(text):
        span = _given(reader, match)
        if span is not None:
            yield span
    yield from spans_behind_blanks(text)


def _given(reader: Reader, match: re.Match[str]) -> Span | None:
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
    opened = OPEN.match(text, at)
    if opened is None and gap.strip()[-1:] == ":":
        typed = _ANNOTATED.match(text, at)
        opened = OPEN.match(text, typed.end()) if typed else None
    wrapped = None
    if opened is None and gap and is_secret_name(name):
        wrapped = _OPENED.match(text, at)
        opened = OPEN.match(text, wrapped.end()) if wrapped else None
    if opened is not None:
        end = reader.quoted(opened["quote"], opened.end())
        if end < 0 and is_secret_name(name):
            return _cut_off(reader, opened.end())
        if end <= opened.end():
            return None
        if wrapped and not is_literal(text[opened.end() : min(end, opened.end() + JUDGED)]):
            return None
        value = text[opened.end() : end]
        if value.isspace():
            return None
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
    judged = value[:JUDGED]
    if "f" in prefix.lower() and "{" in value:
        return is_literal(_FIELD.sub("", judged))
    if match["call"]:
        return not is_payload(judged)
    if match["listed"]:
        return _is_listed_secret(match, name, judged)
    if name.lower() in _AUTH:
        return is_pair(judged) or drawn(judged)
    if name.lower() in _SHORT:
        return len(value) > 3 and not PATH.match(judged) and not is_payload(judged)
    named = name.lower().endswith("token") and _NAME_OF_TOKEN.match(judged)
    if named or is_plain_token(name):
        return drawn(judged)
    if is_secret_name(name) or names_a_secret_within(name):
        return not is_payload(judged)
    if is_secret_header(name):
        return is_literal(judged)
    return is_about_a_secret(name) and drawn(judged)


def _is_listed_secret(match: re.Match[str], name: str, value: str) -> bool:
    """Of what stands behind a name in a list of strings, which is a list of names just as often."""
    if not is_secret_name(name) or value.startswith("-"):
        return False
    text, start = match.string, match.start("name")
    if _FROM_ENVIRONMENT.search(text[max(0, start - 40) : start]):
        return not (is_secret_name(value) and IDENTIFIER.match(value))
    if match["name"].startswith("-"):
        return drawn(value) or not IDENTIFIER.match(value) or any(map(str.isdigit, value))
    return drawn(value)


def _bare(reader: Reader, match: re.Match[str], name: str, *, query: bool) -> Span | None:
    text, at = reader.text, match.end()
    end = reader.bare(at)
    if match["coded"]:
        coded = _CODED_END.search(text, at, min(end, at + 2_000))
        end = coded.start() if coded else end
        query = True
    if end - at < (_LEAST_IN_QUERY if query else LEAST_BARE):
        return None
    value = text[at : min(end, at + JUDGED)]
    after = _AFTER.match(text, end)
    sign = after[0].strip() if after else ""
    gap = match["gap"] or match["coded"]
    if "==" in gap:
        value = value.rstrip(":")  # of the branch that a comparison opens
    query = query and gap in ("=", match["coded"])
    # A call, or behind a colon the type of a parameter.
    hidden = text.startswith(MASK, end)
    if (sign in ("(", "[", "{") and not hidden) or (
        sign and ":" in gap and IDENTIFIER.match(value)
    ):
        return None
    if stands_for_one(value) or is_mounted(name, value):
        return None
    beside = ";" in (text[match.start("name") - 1 : match.start("name")], text[end : end + 1])
    if _is_bare_secret(name, value, gap, query, beside):
        return at, end
    apart = match["name"].startswith("-") or _among_settings(text, match.start("name"))
    told = apart and gap == "=" and is_secret_name(name) and not hidden
    # What is put in later: by a shell, a format, a statement's parameters.
    return (at, end) if told and value[0] not in "$%:?" else None


def _cut_off(reader: Reader, at: int) -> Span | None:
    """The place of a value whose string has no end in its line, since the text was cut there."""
    end = reader.bare(at)
    return (at, end) if end - at >= LEAST_BARE and has_a_digit(reader.text[at:end]) else None


def _among_settings(text: str, start: int) -> bool:
    """Whether a name begins a string, or stands behind another setting and a blank: no code does.

    As in the string of a connection, and behind `--set` or `--from-literal`.
    """
    return _SETTING.search(text[max(0, start - 80) : start]) is not None


def _is_bare_secret(name: str, value: str, gap: str, query: bool, beside: bool) -> bool:
    """Whether a value without quotes is one; `beside` stands a semicolon, as between settings."""
    low = name.lower()
    if low in _IN_QUERY or low in _IN_QUERY_ONLY:
        return query and drawn(value)
    if low in _AUTH:
        return gap == "=" and (is_pair(value) or drawn(value))
    if low in _SHORT:
        # The folder that a shell is in has the same name.
        in_settings = beside and gap == "=" and not PATH.match(value)
        return query or in_settings or (low != "pwd" and is_literal(value))
    if is_secret_header(name) and ":" in gap and not is_secret_name(name):
        return is_literal(value)
    if not is_secret_name(name) and not is_secret_header(name):
        return False
    if query or (name.isupper() and gap == "="):
        return not value.isdigit()
    if beside and gap == "=" and name[0].isupper() and is_secret_name(name):
        return True
    return is_literal(value)
