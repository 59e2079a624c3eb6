"""Makes the endpoint's settings a `Target`; secrets come out of the environment here alone."""

from __future__ import annotations

import base64
import json
import re
import secrets
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from scanner.config import Settings
from scanner.model.errors import ConfigError
from scanner.model.plan import ChatTemplate, Identity, ModelOptions, Recipe, Role, Target
from scanner.sections import IdentitySection, LlmSection, OAuth2Section, RecipeSection

_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_CANARY_AT_LEAST = 8
_KINDS = ("value_env", "basic", "oauth2", "login")


def target_of(settings: Settings, base: Path, environ: Mapping[str, str]) -> Target | None:
    """The endpoint to attack; None where none is set.

    `base` is the folder that a relative `cwd` starts from. Raises `ConfigError`.
    """
    section = settings.endpoint
    if section is None or not (section.command or section.url):
        return None
    made_up: dict[str, str] = {}
    identities = tuple(
        identity_of(one, environ, made_up if section.command else None)
        for one in section.identities
    )
    model = _model_options(section.llm, environ, made_up if section.command else None)
    names = [one.name for one in identities]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two identities are called {name!r}")
    cwd = base / section.cwd
    if not cwd.is_dir():
        raise ConfigError(f"[endpoint] cwd {section.cwd!r} is not a folder")
    return Target(
        name=section.name,
        command=_command(section.command),
        url=section.url,
        cwd=cwd,
        env=tuple(sorted({**section.env, **made_up}.items())),
        port=section.port,
        ready=section.ready,
        start_timeout=section.start_timeout,
        spec=section.spec,
        identities=identities,
        allow_hosts=section.allow_hosts,
        # One that the started endpoint makes need not exist yet.
        ca_file=str(cwd / section.ca_file) if section.ca_file else "",
        insecure=section.insecure,
        allow_destructive=section.allow_destructive,
        flows=section.flows,
        max_requests=section.max_requests,
        max_seconds=section.max_seconds,
        request_timeout=section.request_timeout,
        operation_seconds=section.operation_seconds,
        requests_per_second=section.requests_per_second,
        model=model,
    )


def _model_options(
    section: LlmSection, environ: Mapping[str, str], made_up: dict[str, str] | None
) -> ModelOptions:
    """Raises `ConfigError` for a variable that is not set, or a request without a `{prompt}`."""
    name = section.system_canary_env
    canary = environ.get(name, "") if name else ""
    if name and not canary and section.generate and made_up is not None:
        canary = made_up.setdefault(name, f"canary-{secrets.token_hex(6)}")
    if name and len(canary) < _CANARY_AT_LEAST:
        raise ConfigError(
            f"[endpoint.llm] system_canary_env: environment variable {name} must "
            f"hold a word of {_CANARY_AT_LEAST} characters or more, which stands in the "
            "hidden instructions"
        )
    chats = []
    for one in section.chats:
        request = json.dumps(one.request)
        if "{prompt}" not in request:
            raise ConfigError(
                f"[[endpoint.llm.chats]] {one.operation}: request has no {{prompt}} in it"
            )
        chats.append(ChatTemplate(operation=one.operation, request=request, answer=one.answer))
    return ModelOptions(
        enabled=section.enabled,
        seeds=section.seeds,
        seed=section.seed,
        concurrency=section.concurrency,
        system_canary=canary,
        chats=tuple(chats),
    )


def identity_of(
    section: IdentitySection, environ: Mapping[str, str], made_up: dict[str, str] | None
) -> Identity:
    """A caller with its secrets. `made_up` takes those that are generated; None forbids it.

    Raises `ConfigError` for a variable that is not set or holds a control character.
    """
    given = [kind for kind in _KINDS if getattr(section, kind)]
    if len(given) != 1:
        told = " and ".join(given) if given else "none"
        raise ConfigError(
            f"identity {section.name!r}: needs one of {', '.join(_KINDS)}, and has {told}"
        )
    known: list[str] = []

    def read(variable: str) -> str:
        value = environ.get(variable, "")
        if not value and section.generate and made_up is not None:
            value = made_up.setdefault(variable, secrets.token_urlsafe(32))
        if not value:
            raise ConfigError(
                f"identity {section.name!r}: environment variable {variable} is not set"
            )
        if any(ord(character) < 32 for character in value):
            raise ConfigError(f"identity {section.name!r}: {variable} holds a control character")
        known.append(value)
        return value

    prefix, secret, variable = section.prefix, "", section.value_env
    login = _recipe(section.login, read)
    if section.value_env:
        secret = prefix + read(section.value_env)
    elif section.basic is not None:
        pair = f"{section.basic.username}:{read(section.basic.password_env)}"
        prefix, variable = "Basic ", f"{_shouted(section.name)}_BASIC"
        secret = prefix + base64.b64encode(pair.encode()).decode()
    elif section.oauth2 is not None:
        login, prefix = _oauth2(section.oauth2, read), prefix or "Bearer "
    return Identity(
        name=section.name,
        role=Role(section.role),
        header="Cookie" if login and login.cookie else section.header,
        value_env=variable or f"{_shouted(section.name)}_TOKEN",
        secret=secret,
        prefix=f"{login.cookie}=" if login and login.cookie else prefix,
        register=_recipe(section.register_, read),
        login=login,
        secrets=tuple(known),
    )


def _recipe(section: RecipeSection | None, read: Callable[[str], str]) -> Recipe | None:
    if section is None:
        return None
    body = _filled(section.body, read)
    return Recipe(
        path=section.path,
        method=section.method,
        body=json.dumps(body) if section.body else "",
        form=section.form,
        token=section.token,
        cookie=section.cookie,
    )


def _oauth2(section: OAuth2Section, read: Callable[[str], str]) -> Recipe:
    """The token request of RFC 6749, sections 4.3 and 4.4, with the client in the body."""
    body = {"grant_type": section.grant, "client_id": section.client_id, "scope": section.scope}
    if section.client_secret_env:
        body["client_secret"] = read(section.client_secret_env)
    if section.grant == "password":
        body["username"] = section.username
        body["password"] = read(section.password_env)
    kept = {key: value for key, value in body.items() if value}
    return Recipe(path=section.path, body=json.dumps(kept), form=True, token="access_token")  # noqa: S106


def _filled(value: object, read: Callable[[str], str]) -> object:
    """The body with `$NAME` replaced by the variable of that name."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: read(match[1]), value)
    if isinstance(value, dict):
        return {key: _filled(inner, read) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, read) for inner in value]
    return value


def _command(command: str | tuple[str, ...]) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command)) if isinstance(command, str) else command
    except ValueError as error:
        raise ConfigError(f"[endpoint] command can't be split into words: {error}") from error
    return tuple(word.replace("{python}", sys.executable) for word in words)


def _shouted(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", name).upper()
