"""Turns the recipes of an identity into calls, and their answers into a credential."""

from __future__ import annotations

import json
import re
import secrets
from urllib.parse import urlencode

from scanner.engines.dast.conversation import Call, Reply
from scanner.model.plan import Identity, Recipe

_PLACEHOLDER = re.compile(r"\{(username|password|email|random)\}")


def made_up_user() -> dict[str, str]:
    """The values of a user that exists for one scan; the password pleases common policies."""
    word = secrets.token_hex(5)
    return {
        "username": f"sg{word}",
        "password": f"Sg-{secrets.token_urlsafe(12)}-7",
        "email": f"sg{word}@example.com",
        "random": word,
    }


def recipe_call(recipe: Recipe, label: str, values: dict[str, str]) -> Call:
    """The request of a recipe; `values` fill its placeholders."""
    # Filled in the JSON text: a value is encoded as a JSON string's inside.
    text = _PLACEHOLDER.sub(lambda match: json.dumps(values[match[1]])[1:-1], recipe.body)
    call = Call(label=label, method=recipe.method, path=recipe.path)
    if not text:
        return call
    body = json.loads(text)
    if recipe.form and isinstance(body, dict):
        media = "application/x-www-form-urlencoded"
        form = urlencode({key: str(value) for key, value in body.items()}).encode()
        return Call(
            label=label, method=recipe.method, path=recipe.path, raw_body=form, media_type=media
        )
    return Call(label=label, method=recipe.method, path=recipe.path, json_body=body)


def credential_from(identity: Identity, reply: Reply) -> str | None:
    """The header value that a login's answer gives; None where it gives none."""
    login = identity.login
    if login is None or not reply.ok:
        return None
    if login.cookie:
        found = re.search(
            rf"(?:^|[,;\s]){re.escape(login.cookie)}=([^;,\s]+)", reply.header("set-cookie") or ""
        )
        return f"{identity.prefix}{found[1]}" if found else None
    value: object = reply.json()
    for key in login.token.split(".") if login.token else ():
        value = value.get(key) if isinstance(value, dict) else None
    return f"{identity.prefix}{value}" if isinstance(value, str) and value else None
