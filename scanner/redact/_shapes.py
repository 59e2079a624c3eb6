"""Credentials that are known by their form, whatever stands around them. Pure.

No pattern here can fail after a long run: each begins where a run begins, so that the work grows
with the text and no faster.
"""

from __future__ import annotations

import base64
import binascii
import re

from scanner.redact._forms import BEGINS, HEAD, forms_in
from scanner.redact._text import MASK, drawn, stands_for_one

_HINT = re.compile(
    r"AKIA|ASIA|(?:sk|pk|rk)[-_]|gh[opusr]_|github_pat_|glpat-|hf_|api_org_|gsk_|nvapi-|xox[abeprs]|xapp-"
    r"|r8_|pplx-|AIza|xai-|tgp_v1_|lsv2_|pcsk_|tvly-|ABSK|fw_|npm_|pypi-|dop_v1_|dapi|AGE-SECRET|shpat_|hvs\.|SG\."
    r"|jina_|rpa_|llx-|fc-|e2b_|csk-|esecret_|dckr_pat_|whsec_|eyJ|ya29\.|hooks\.|webhook"
)
_TOKEN = re.compile(
    BEGINS + r"(?:(?:sk|pk|rk)[-_]|gh[opusr]_|github_pat_|glpat-|hf_|api_org_|gsk_|nvapi-"
    r"|xox[abeprs]-|xapp-|r8_|pplx-|AIza|xai-|tgp_v1_|lsv2_|pcsk_|tvly-|fw_|npm_|pypi-|dop_v1_|shpat_|hvs\.|ya29\."
    r"|jina_|rpa_|llx-|fc-|e2b_|csk-|esecret_|dckr_pat_|whsec_)"
    r"(?P<body>[A-Za-z0-9_-]{16,}|[A-Za-z0-9_-]{2,}(?=[\"']))"
    r"(?:\.[a-z0-9]{2}\.[a-z0-9]{9})?"
    # What is joined to it.
    r"(?P<more>(?:\\{0,7}[\"']\)?\s{0,9}[+.\\&]?\s{0,40}\(?[fbru]?\\{0,7}[\"'][A-Za-z0-9_-]{2,}){0,8})"
)
_PART = re.compile(r"(?<=[\"'])[A-Za-z0-9_-]+")
_LEAST_BODY = 16
_FIXED = re.compile(
    BEGINS
    + r"""(?:
      (?:AKIA|ASIA)[A-Z0-9]{12,}
    | ABSK[A-Za-z0-9+/]{40,}={0,2}
    | dapi[a-f0-9]{32}
    | AGE-SECRET-KEY-1[A-Z0-9]{40,}
    | SG\.[A-Za-z0-9_-]{16,40}\.[A-Za-z0-9_-]{20,60}
    | (?<![_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*
    )""",
    re.VERBOSE,
)
# Whoever has the address may post.
_WEBHOOK = re.compile(
    r"(?P<head>https?:(?:\\?/){2}(?:hooks\.slack\.com/(?:services|workflows|triggers)"
    r"|(?:\w{1,20}\.)?discord(?:app)?\.com/api/webhooks|[\w-]{1,60}\.webhook\.office\.com/webhookb2)/)"
    r"[A-Za-z0-9_@/.-]{16,}"
)
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]{0,30}"
_USERINFO = re.compile(
    r"(?P<scheme>://)(?P<user>[^/\s:@\"'`<>\\?#]{0,200})(?P<password>:[^/\s@\"'`<>]{1,400})?@"
)
_PORTS = frozenset({"80", "443", "3000", "5000", "8000", "8080", "8443", "8888", "9000"})
# What stores are reached by: there a password is written as it is, with `@` and `/` in it.
_STORE = re.compile(
    r"(?P<scheme>\b(?:postgres(?:ql)?|mysql|mariadb|rediss?|mongodb|amqps?|mssql|oracle|kafka|clickhouse|nats)"
    r"(?:\+\w{1,20})?://)[^/\s:@\"'`<>]{0,200}:(?P<password>[^\s\"'`<>]{1,400})@(?=[\w.\[-])",
    re.IGNORECASE,
)
_AUTHORIZED = re.compile(
    r"(?P<head>\bauthori[sz]ation\\?[\"'\]]{0,2}\s{0,9}[:=,]\s{0,9}[fbr]?\\?[\"']?"
    r"(?:(?:bearer|basic|token|apikey|api-key|key|digest|aws4-hmac-sha256)\s{1,9})?)"
    r"(?P<value>[^\s\"'`<>,;\\]{6,})",
    re.IGNORECASE,
)
_BEARER = re.compile(r"(?P<head>\bbearer\s{1,9})(?P<value>[A-Za-z0-9._~+/=-]{12,})", re.IGNORECASE)
_BASIC = re.compile(r"(?P<head>\bbasic\s{1,9})(?P<value>[A-Za-z0-9+/]{8,}={0,2})", re.IGNORECASE)


def mask_shapes(text: str) -> str:
    """The text without what has a credential's form."""
    if _HINT.search(text):
        text = _TOKEN.sub(_token, text)
        text = _FIXED.sub(MASK, text)
        text = _WEBHOOK.sub(rf"\g<head>{MASK}", text)
    for form in forms_in(text):
        text = form.loose.sub(_form, text)
    if "://" in text:
        text = _STORE.sub(_userinfo, text)
        text = _USERINFO.sub(_userinfo, text)
    folded = text.lower()
    if "authori" in folded:
        text = _AUTHORIZED.sub(_authorized, text)
    if "bearer" in folded:
        text = _BEARER.sub(_if_drawn, text)
    if "basic" in folded:
        text = _BASIC.sub(_if_pair, text)
    return text


def _token(match: re.Match[str]) -> str:
    body = match["body"] + "".join(_PART.findall(match["more"]))
    if len(body) < _LEAST_BODY:
        return match[0]
    # Behind such a word a name seldom has all of these, but every short key has.
    mixed = sum(map(str.isdigit, body)) > 1 and body.lower() != body != body.upper()
    return MASK + _PART.sub(MASK, match["more"]) if mixed or drawn(body) else match[0]


def _form(match: re.Match[str]) -> str:
    value = match["value"]
    if not drawn(HEAD.sub("", value, count=1)):
        return match[0]
    return match[0][: match.start("value") - match.start()] + MASK


def _userinfo(match: re.Match[str]) -> str:
    password = (match["password"] or "").removeprefix(":")
    user = match.groupdict().get("user") or ""
    if stands_for_one(password) if password else not (len(user) >= 16 and drawn(user)):
        return match[0]
    # What looks like a host in front of the real one: how a filter of addresses is deceived.
    if user and password in _PORTS and match["scheme"] == "://":
        return match[0]
    return f"{match['scheme']}{MASK}@"


def _authorized(match: re.Match[str]) -> str:
    value = match["value"]
    # A word, a name or a call is code or prose; what is given is longer, or has digits in it.
    literal = drawn(value) or (any(map(str.isdigit, value)) and not re.search(r"[(\[{$]", value))
    return f"{match['head']}{MASK}" if literal and not stands_for_one(value) else match[0]


def _if_drawn(match: re.Match[str]) -> str:
    return f"{match['head']}{MASK}" if drawn(match["value"]) else match[0]


def _if_pair(match: re.Match[str]) -> str:
    value = match["value"].rstrip("=")
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return match[0]
    return f"{match['head']}{MASK}" if b":" in decoded and decoded.isascii() else match[0]
