"""The command that sends a recorded exchange again."""

from __future__ import annotations

import re
import shlex

from scanner.model.evidence import Exchange

_FROM_ENVIRONMENT = re.compile(r"[A-Za-z]*[ ]?\$[A-Za-z_][A-Za-z0-9_]*")
_DROPPED_IN_REPLAY = frozenset(
    {"user-agent", "accept", "content-length", "accept-encoding", "connection"}
)


def replay_command(exchange: Exchange) -> str:
    """A shell command that sends the request again; credentials are environment variables."""
    request = exchange.request
    words = ["curl", "-sS", "-i"]
    if request.method != "GET":
        words += ["-X", request.method]
    parts = [shlex.join(words)]
    for name, value in request.headers:
        if name.lower() in _DROPPED_IN_REPLAY:
            continue
        if _FROM_ENVIRONMENT.fullmatch(value):
            parts.append(f'-H "{name}: {value}"')
        else:
            parts.append(f"-H {shlex.quote(f'{name}: {value}')}")
    if request.body:
        parts.append(f"--data-binary {shlex.quote(request.body)}")
    parts.append(shlex.quote(request.url))
    return " ".join(parts)
