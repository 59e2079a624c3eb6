"""Accounts that the scan registers for itself, so that nobody else's can be locked or lost.

Registration and login are recognised by their paths and by the members of their bodies.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Generator
from urllib.parse import parse_qsl, urlencode

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import Call, Reply, World
from scanner.engines.dast.knowledge import find_id
from scanner.engines.dast.probes._shape import denies, leaves
from scanner.model.values import Value

_LOGIN = re.compile(
    r"(?:^|[/_-])(?:log-?_?[io]n|sign-?_?in|sessions?|token|authenticate|auth)/?$", re.IGNORECASE
)
_REGISTER = re.compile(
    r"(?:^|[/_-])(?:regist(?:er|ration)|sign-?_?up|users?|accounts?|members?)/?$", re.IGNORECASE
)
_MAIL = re.compile(r"e?-?mail", re.IGNORECASE)
_NAMING = re.compile(r"^(?:user_?|account_?)?(?:name|id)$|login|handle|nick", re.IGNORECASE)
_OLD = re.compile(r"^(?:old|current|existing|previous)", re.IGNORECASE)
_PASSWORD = re.compile(
    r"pass(?:word|wd|phrase)?(?:_?\d|_?confirm\w*|_?repeat)?$|pwd$", re.IGNORECASE
)
_TOKEN = re.compile(
    r"(?:^|[_-])(?:token|jwt|access|bearer|session|api_?key|id_?token)", re.IGNORECASE
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Account(Value):
    """A user of the scan's own. `key` is what the API calls it in paths by id, if it said so;
    `credential` the whole header value once it has logged in."""

    name: str
    mail: str
    password: str
    key: str = ""
    credential: str = ""
    login: Reply | None = None

    def named_by(self, parameter: str) -> str:
        """What stands for this account in a path parameter."""
        if _MAIL.search(parameter):
            return self.mail
        by_id = re.search(r"id$|pk$|key$|num", parameter, re.IGNORECASE)
        return self.key if by_id and self.key else self.name


Registering = Generator[Call, Reply, "Account | None"]


def made_up(password: str = "") -> Account:
    """An account that does not exist (yet); the password pleases common policies."""
    word = f"sg{secrets.token_hex(6)}"
    return Account(word, f"{word}@example.com", password or f"Sg-{secrets.token_hex(8)}-7")


def login_of(world: World) -> Operation | None:
    """The operation that gives a token for a name and a password."""
    return next((one for one in world.operations if is_login(one, world)), None)


def is_login(operation: Operation, world: World) -> bool:
    """Whether an operation takes a name and a password to log somebody in."""
    return bool(_LOGIN.search(operation.path)) and _takes_a_password(operation, world)


def register_of(world: World) -> Operation | None:
    """The operation by which anyone becomes a user."""
    fitting = [
        one
        for one in world.operations
        if _REGISTER.search(one.path)
        and not one.path_parameters
        and not is_login(one, world)
        and _takes_a_password(one, world)
    ]
    # A list of users takes new ones too, mostly by an administrator's hand.
    return min(
        fitting, key=lambda one: "regist" not in one.path and "sign" not in one.path, default=None
    )


def _takes_a_password(operation: Operation, world: World) -> bool:
    if operation.method != "POST" or operation.destructive:
        return False
    held = _members(world.build(operation, None, ""))
    named = any(_NAMING.search(one) or _MAIL.search(one) for one in held)
    return named and any(_PASSWORD.search(one) for one in held)


def filled(call: Call, account: Account, password: str | None = None) -> Call:
    """The call with an account's name, mail and password in the members made for them."""
    changed: dict[str, object] = {}
    for name, value in _members(call).items():
        if _MAIL.search(name):
            changed[name] = account.mail
        elif _PASSWORD.search(name):
            changed[name] = account.password if password is None else password
        elif _NAMING.search(name) and not isinstance(value, (int, float)):
            changed[name] = account.name
    return with_members(call, changed)


def with_members(call: Call, changed: dict[str, object]) -> Call:
    """The call with these members of its body replaced or added, in JSON or as a form."""
    if isinstance(call.json_body, dict):
        return replace(call, json_body={**call.json_body, **changed})
    texts = {name: str(value) for name, value in {**_members(call), **changed}.items()}
    return replace(call, raw_body=urlencode(texts).encode())


def without_old(call: Call) -> Call:
    """The call without the members that ask for the password as it was."""
    kept = {name: value for name, value in _members(call).items() if not _OLD.search(name)}
    if isinstance(call.json_body, dict):
        return replace(call, json_body=kept)
    return replace(call, raw_body=urlencode({k: str(v) for k, v in kept.items()}).encode())


def new_password_members(call: Call) -> list[str]:
    """The members of a body that hold a password to be set."""
    return [one for one in _members(call) if _PASSWORD.search(one) and not _OLD.search(one)]


def _members(call: Call) -> dict[str, object]:
    if isinstance(call.json_body, dict):
        return call.json_body
    if call.media_type.endswith("urlencoded") and call.raw_body is not None:
        return dict(parse_qsl(call.raw_body.decode("utf-8", "replace"), keep_blank_values=True))
    return {}


def registered(world: World) -> Registering:
    """A new account that has logged in, None where the API does not let anyone."""
    register = register_of(world)
    if register is None or login_of(world) is None or world.user is None:
        return None
    account = made_up()
    call = world.build(register, None, "registering a user of the scan's own")
    reply = yield filled(call, account)
    if not reply.ok:
        return None
    account = replace(account, key=find_id(reply.json(), "id") or "")
    login = yield from logging_in(world, account)
    token = token_of(login)
    if token is None:
        return None
    held = world.credential(world.user.name)
    prefix = held[: held.rfind(" ") + 1]
    return replace(account, credential=f"{prefix}{token}", login=login)


def logging_in(
    world: World, account: Account, password: str | None = None, label: str = ""
) -> Generator[Call, Reply, Reply]:
    """The answer to an attempt to log in as an account, with its password or another one."""
    login = login_of(world)
    if login is None:
        raise ValueError("there is no login")
    call = world.build(login, None, label or "the new user logs in")
    reply = yield filled(call, account, password)
    return reply


def token_of(reply: Reply) -> str | None:
    """The token in the answer to a login, None where it gave none."""
    if not reply.ok or denies(reply):
        return None
    for path, value in leaves(reply.json()):
        name = _HUMP.sub("_", path[-1]) if path else ""
        if isinstance(value, str) and len(value) >= 16 and _TOKEN.search(name):
            return value
    return None


def acting(call: Call, account: Account, world: World) -> Call:
    """The call with an account's own credential."""
    carrier = world.user.name if world.user else None
    return replace(call, identity=carrier, credential=account.credential)
