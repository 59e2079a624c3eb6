"""Credentials on command lines, of which the command tells what its option takes. Pure.

A command is a line of a script, one string of code, or a list of strings as `subprocess` takes it.
What may stand between a command and its option is bounded, so that the work grows with the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.redact._text import MASK, stands_for_one
from scanner.redact._values import Span, without

# Between two words of a command; in a list of strings each is quoted.
_GAP = r"(?:[ \t]{1,9}|\\?[\"'][ \t]{0,9},\s{0,40}[bfru]?\\?[\"'])"
# What stands before an option, in the same command.
_REST = r"(?:\\\n|[^\n;|&]|&(?!&)){0,200}?"
_VALUE = (
    r"(?:\\?\"(?P<double>[^\"\n\\]{1,400})\\?\"|\\?'(?P<single>[^'\n\\]{1,400})\\?'"
    r"|(?P<bare>[^\s\"'`;|&<>()\\]{1,400}))"
)
_ECHO = rf"\b(?:echo|printf){_GAP}(?:-\w{{1,3}}{_GAP})?"
_PERSON = r"[\"']?[\w.@\\-]{1,60}"

# Each with a word without which it is not looked for.
_FORMS = tuple(
    (hint, re.compile(form))
    for hint, form in (
        ("sshpass", rf"\bsshpass{_GAP}(?:-v{_GAP})?-p{_GAP}?{_VALUE}"),
        ("mysql", rf"\bmysql\w{{0,12}}\b{_REST}{_GAP}-p{_VALUE}"),
        ("mariadb", rf"\bmariadb\b{_REST}{_GAP}-p{_VALUE}"),
        ("mongo", rf"\bmongo\w{{0,12}}\b{_REST}{_GAP}-p{_GAP}{_VALUE}"),
        ("redis-cli", rf"\bredis-cli\b{_REST}{_GAP}-a{_GAP}{_VALUE}"),
        ("user", rf"\buser(?:add|mod)\b{_REST}{_GAP}-p{_GAP}{_VALUE}"),
        ("sqlcmd", rf"\bsqlcmd\b{_REST}{_GAP}-P{_GAP}?{_VALUE}"),
        (
            "ldap",
            rf"\bldap(?:search|add|modify|delete|whoami|passwd)\b{_REST}{_GAP}-w{_GAP}?{_VALUE}",
        ),
        ("smbclient", rf"\bsmbclient\b{_REST}{_GAP}-U{_GAP}?{_PERSON}%{_VALUE}"),
        ("login", rf"\blogin\b{_REST}{_GAP}-p{_GAP}?{_VALUE}"),
        (
            "curl",
            rf"\bcurl\b{_REST}{_GAP}(?:-[uU]|--(?:proxy-)?user)[ =]{{0,9}}{_GAP}?{_PERSON}"
            rf":{_VALUE}",
        ),
        ("http", rf"\bhttps?{_GAP}{_REST}(?:-a|--auth)(?:{_GAP}|=){_PERSON}:{_VALUE}"),
        ("zip", rf"\b(?:un)?zip\b{_REST}{_GAP}-P{_GAP}?{_VALUE}"),
        ("7z", rf"\b7z[ar]?\b{_REST}{_GAP}-p{_VALUE}"),
        ("openssl", rf"\bopenssl\b{_REST}{_GAP}-pass(?:in|out)?{_GAP}[\"']?pass:{_VALUE}"),
        ("openssl", rf"\bopenssl{_GAP}enc\b{_REST}{_GAP}-k{_GAP}{_VALUE}"),
        (
            "htpasswd",
            rf"\bhtpasswd{_GAP}-\w{{0,6}}b\w{{0,6}}(?:{_GAP}(?:\"\"|[^\s\"']{{1,200}})){{1,4}}?{_GAP}{_VALUE}"
            r"(?=[\"'\s)\]]{0,3}(?:$|[\n;|&>]))",
        ),
        ("pass", rf"(?<![\w-])-(?:src|dest)?(?:store|key)pass{_GAP}{_VALUE}"),
        (
            "configure",
            rf"\bconfigure{_GAP}set{_GAP}\w{{0,9}}(?:secret_access_key|session_token){_GAP}{_VALUE}",
        ),
        ("-stdin", rf"{_ECHO}{_VALUE}[ \t]{{0,9}}\|[^\n|]{{0,120}}--password-stdin\b"),
        ("-stdin", rf"--password-stdin\b[^\n|;]{{0,80}}<<<[ \t]{{0,9}}{_VALUE}"),
        ("sudo", rf"{_ECHO}{_VALUE}[ \t]{{0,9}}\|[ \t]{{0,9}}sudo\b[^\n|]{{0,40}}-S\b"),
        ("chpasswd", rf"{_ECHO}{_PERSON}:{_VALUE}[\"']?[ \t]{{0,9}}\|[^\n|]{{0,40}}\bchpasswd\b"),
    )
)
# Whose `login` takes one; a person's (`login -p`) keeps the environment.
_LOGS_IN = re.compile(
    r"\b(?:docker|podman|nerdctl|buildah|skopeo|oras|crane|helm|az|oc|ibmcloud|cf)\b"
    r"(?:[^\n;|&]|\\\n)*$"
)
_BEFORE = 120
# What a value begins with that is put in later, or that is no value.
_PUT_IN = ("$", "{", "%", "<", "-", MASK)
# `docker run --name mysql -p3306:3306`
_PORTS = re.compile(
    r"(?:[\d.]{0,15}:)?\d{1,5}(?:-\d{1,5})?(?::\d{1,5}(?:-\d{1,5})?)?(?:/\w{2,4})?$"
)
_HAS_PORTS = frozenset({"mysql", "mariadb", "mongo"})


def mask_commands(text: str) -> str:
    """The text without the values of options that the command's own manual calls a password."""
    return without(text, _spans(text))


def _spans(text: str) -> Iterator[Span]:
    for hint, form in _FORMS:
        if hint not in text:
            continue
        for match in form.finditer(text):
            group = "double" if match["double"] else "single" if match["single"] else "bare"
            value = match[group]
            if value.startswith(_PUT_IN) or stands_for_one(value):
                continue
            if hint in _HAS_PORTS and _PORTS.match(value):
                continue
            start = match.start()
            if hint == "login" and not _LOGS_IN.search(text[max(0, start - _BEFORE) : start]):
                continue
            yield match.span(group)
