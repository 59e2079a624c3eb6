"""Values that are given to a name that says that it is a secret's. Pure.

In code an unquoted value is an expression; only what can be none is masked there.
"""

from __future__ import annotations

import re

from scanner.redact._declared import is_secret_name
from scanner.redact._text import MASK, drawn, stands_for_one

# One of these is in each name that is meant here; they are cheap to look for.
_WORDS = (
    *("passw", "passphrase", "secret", "token", "credential", "pwd", "dsn", "signature"),
    *("connection_string", "connection-string", "connectionstring", "sig=", "code=", "auth="),
)
_KEY = re.compile(
    r"(?:api|access|private|auth|account|signing|encryption|storage|shared|master|license|jwt"
    r"|subscription|functions)[_-]?key|[?&;]key="
)
_NAMED_QUOTED = re.compile(
    r"""(?:passw(?:or)?d|passwd|secret|token|api[_-]?key|apikey|access[_-]?key
        |private[_-]?key|credential|auth[_-]?key|account[_-]?key)""",
    re.VERBOSE | re.IGNORECASE,
)
_QUOTED = re.compile(
    r"""(?P<name>(?<![\w-])[\w-]+)
        (?P<gap>\\?["']?\]?\s{0,40}(?::[ \t]{0,9}[\w.\[\]|, ]{1,60}(?==))?[:=]=?>?\s{0,40}[bBrRuU]?)
        (?P<quote>\\?(?:\"{3}|'{3}|["'`]))
        (?P<value>(?:\\[^"'`]|[^"'`\\\n]|(?!(?P=quote))\\?["'`])+)(?P=quote)""",
    re.VERBOSE,
)
_BARE = re.compile(
    r"""(?P<lead>(?:(?<=[?&;])|(?<![\w.-]))(?:--)?)(?P<name>[A-Za-z_][\w.-]*)
        (?P<gap>["']?(?:\s{0,9}:\s{0,9}|\s{0,9}=\s{0,9}))(?P<value>[^\s"'`,;&|<>(){}\[\]\\]{6,})
        (?P<after>[(\[{]|(?<=\w)\s{0,3}[|=,)])?""",
    re.VERBOSE,
)
_THREE = ('"""', "'''")
_IN_QUERY = frozenset({"sig", "key", "code", "auth", "signature", "x-amz-signature"})
_HEADER = re.compile(
    r"(?:^|[-_])(?:api-?key|auth-token|access-token|subscription-key|functions-key"
    r"|goog-api-key|security-token|private-token|vault-token)$",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\.?$")
_PATH = re.compile(r"(?:\.{0,2}|~|[\w.-]+:/?)/")


def mask_assigned(text: str) -> str:
    """The text without values that are given to a secret's name."""
    folded = text.lower()
    if not any(word in folded for word in _WORDS) and not ("key" in folded and _KEY.search(folded)):
        return text
    return _BARE.sub(_bare, _QUOTED.sub(_quoted, text))


def _quoted(match: re.Match[str]) -> str:
    name = match["name"]
    if not (_NAMED_QUOTED.search(name) or is_secret_name(name)) or stands_for_one(match["value"]):
        return match[0]
    if match["quote"] in _THREE and "=" not in match["gap"] and "\n" in match["gap"]:
        return match[0]  # what a class or function says of itself
    return f"{match['name']}{match['gap']}{match['quote']}{MASK}{match['quote']}"


def _bare(match: re.Match[str]) -> str:
    name, value, gap = match["name"], match["value"], match["gap"]
    query = match.string[match.start() - 1 : match.start()] in ("?", "&")
    if name.lower() in _IN_QUERY:
        secret = query and drawn(value)
    elif _HEADER.search(name) and ":" in gap:
        secret = _is_literal(value)
    elif not is_secret_name(name) and not _HEADER.search(name):
        secret = False
    elif query or (name.isupper() and gap == "="):
        secret = not value.isdigit()
    else:
        secret = _is_literal(value)
    after = (match["after"] or "").strip()
    # A call, or behind a colon the type of a parameter.
    code = after in ("(", "[", "{") or (after and ":" in gap and _IDENTIFIER.match(value))
    if not secret or code or MASK in value or stands_for_one(value):
        return match[0]
    return f"{match['lead']}{name}{gap}{MASK}{match['after'] or ''}"


def _is_literal(value: str) -> bool:
    """Whether it can't be an expression: no name of one or several words, no number, no path."""
    if drawn(value):
        return True
    if _IDENTIFIER.match(value):
        return sum(map(str.isdigit, value)) > 1 and not {*"._"} & {*value}
    return not (_PATH.match(value) or re.match(r"[\d.$@%:*=-]", value)) and any(
        map(str.isdigit, value)
    )
