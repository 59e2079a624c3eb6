"""Turns a message of ZAP's history into a recorded exchange, redacted and cut."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from scanner.model.evidence import Exchange, Request, Response
from scanner.model.plan import Identity
from scanner.redact import MASK, is_secret_header, redacted_start

_KEPT_BODY = 4_000
_KEPT_HEADER = 500
_REQUEST_LINE = re.compile(r"(\S{1,20}) (\S+)(?: HTTP/[\d.]+)?")
_STATUS_LINE = re.compile(r"HTTP/[\d.]+ (\d{3})")


def read_exchange(
    message: Mapping[str, object], label: str, identity: Identity | None
) -> Exchange | None:
    """The exchange of a message; None where it has no request line.

    The credential that ZAP added for `identity` becomes the variable that it came from.
    """
    first, headers = _headers(message.get("requestHeader"))
    line = _REQUEST_LINE.match(first)
    if line is None:
        return None
    secrets = secrets_of(identity)
    return Exchange(
        label=label,
        request=Request(
            method=line[1].upper(),
            url=redacted_start(line[2], 2_000, secrets),
            headers=_shown(headers, identity, secrets),
            body=_body(message.get("requestBody"), secrets),
        ),
        response=_response(message, identity, secrets),
        fault=None if _status(message) else "no answer",
        elapsed_ms=_milliseconds(message.get("rtt")),
    )


def secrets_of(identity: Identity | None) -> tuple[str, ...]:
    """What may never be shown: every value, and what stands behind its prefix."""
    if identity is None:
        return ()
    return (identity.secret, *identity.secret.split(), *identity.secrets)


def _response(
    message: Mapping[str, object], identity: Identity | None, secrets: Iterable[str]
) -> Response | None:
    status = _status(message)
    if not status:
        return None
    _, headers = _headers(message.get("responseHeader"))
    raw = _text(message.get("responseBody"))
    return Response(
        status=status,
        headers=_shown(headers, identity, secrets),
        body=_body(raw, secrets),
        body_bytes=len(raw.encode("utf-8", "replace")),
    )


def _status(message: Mapping[str, object]) -> int:
    first, _ = _headers(message.get("responseHeader"))
    match = _STATUS_LINE.match(first)
    return int(match[1]) if match else 0


def _headers(raw: object) -> tuple[str, list[tuple[str, str]]]:
    lines = [line.rstrip("\r") for line in _text(raw).split("\n")]
    pairs = [line.split(":", 1) for line in lines[1:] if ":" in line]
    return lines[0], [(name.strip(), value.strip()) for name, value in pairs]


def _shown(
    headers: list[tuple[str, str]], identity: Identity | None, secrets: Iterable[str]
) -> tuple[tuple[str, str], ...]:
    shown: list[tuple[str, str]] = []
    for name, value in headers:
        if identity and name.lower() == identity.header.lower() and value == identity.secret:
            shown.append((name, f"{identity.prefix}${identity.value_env}"))
        elif is_secret_header(name):
            shown.append((name, MASK))
        else:
            shown.append((name, redacted_start(value, _KEPT_HEADER, secrets)))
    return tuple(shown)


def _body(raw: object, secrets: Iterable[str]) -> str:
    return redacted_start(_text(raw), _KEPT_BODY, secrets)


def _text(value: object) -> str:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _milliseconds(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
