"""How a recorded exchange is shown: which headers never, and the command that sends it again."""

from __future__ import annotations

import shlex

from scanner.model.evidence import Exchange

SECRET_HEADERS = frozenset(
    {"authorization", "cookie", "set-cookie", "x-api-key", "proxy-authorization"}
)


def replay_command(exchange: Exchange) -> str:
    """A shell command that sends the request again; credentials are environment variables."""
    request = exchange.request
    words = ["curl", "-sS", "-i"]
    if request.method != "GET":
        words += ["-X", request.method]
    parts = [shlex.join(words)]
    for name, value in request.headers:
        if name.lower() in ("user-agent", "accept", "content-length", "accept-encoding"):
            continue
        if value.startswith("$") and value[1:].isidentifier():
            parts.append(f'-H "{name}: {value}"')
        else:
            parts.append(f"-H {shlex.quote(f'{name}: {value}')}")
    if request.body:
        parts.append(f"--data-binary {shlex.quote(request.body)}")
    parts.append(shlex.quote(request.url))
    return " ".join(parts)
