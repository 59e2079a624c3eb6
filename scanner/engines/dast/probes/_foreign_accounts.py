"""One user changes or removes another's account: both are the scan's own, made for this.

What counts is what happens to the other account; an answer of success says little, since many
servers then change the caller's own.
"""

from __future__ import annotations

import re
from collections.abc import Generator

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Call,
    Conversation,
    Held,
    Inconclusive,
    NotApplicable,
    Reply,
    Vulnerable,
    World,
)
from scanner.engines.dast.probes._accounts import (
    Account,
    acting,
    logging_in,
    made_up,
    new_password_members,
    registered,
    token_of,
    with_members,
    without_old,
)
from scanner.engines.dast.survey import new_canary

_ACCOUNTS = re.compile(
    r"(?:^|/)(?:users?|accounts?|members?|customers?|profiles?)(?:/v\d+)?/\{[^{}]+\}"
    r"|\{(?:user|account|member|login|e-?mail)[^{}]*\}",
    re.IGNORECASE,
)
_SELF = re.compile(r"/(?:me|self|whoami|profile|account|current)/?$", re.IGNORECASE)
_MAIL = re.compile(r"mail", re.IGNORECASE)


def on_an_account(operation: Operation) -> bool:
    """Whether an operation changes or removes the one account that its path names."""
    return (
        len(operation.path_parameters) == 1
        and operation.method in ("PUT", "PATCH", "POST", "DELETE")
        and bool(_ACCOUNTS.search(operation.path))
    )


def foreign_account(operation: Operation, world: World) -> Conversation:
    """As one new user set another's password or mail, or remove it; look what became of it."""
    victim = yield from registered(world)
    intruder = yield from registered(world)
    if victim is None or intruder is None:
        return NotApplicable("no users of the scan's own could be registered")
    (name,) = operation.path_parameters
    ids = {name: victim.named_by(name)}
    call = world.build(operation, None, "a new user, on another's account", ids=ids)
    if operation.method == "DELETE":
        return (yield from _removed(operation, world, victim, intruder, call))
    sets = new_password_members(call)
    if sets:
        call = without_old(with_members(call, dict.fromkeys(sets, made_up().password)))
        return (yield from _password(operation, world, victim, intruder, call))
    return (yield from _text(operation, world, victim, intruder, call))


def _removed(
    operation: Operation, world: World, victim: Account, intruder: Account, call: Call
) -> Conversation:
    attempt = yield acting(call, intruder, world)
    after = yield from logging_in(world, victim, label="the other logs in again")
    if token_of(after) is not None:
        return Held(f"it gives {attempt.status}, and the other account is still there")
    bystander = yield from logging_in(world, intruder, label="whoever sent it logs in again")
    if not attempt.ok or token_of(bystander) is None:
        return Inconclusive(f"it gives {attempt.status}, and nobody can log in any more")
    return _vulnerable(
        operation,
        "remove another user's account",
        "the other could log in before and not after; whoever sent it still could",
        (after, attempt),
        (*_logins(victim), bystander),
    )


def _password(
    operation: Operation, world: World, victim: Account, intruder: Account, call: Call
) -> Conversation:
    fresh = str(_sent(call)[new_password_members(call)[0]])
    attempt = yield acting(call, intruder, world)
    new = yield from logging_in(world, victim, fresh, label="the other, with the new password")
    if token_of(new) is None:
        return Held(f"it gives {attempt.status}, and the other's password is as it was")
    old = yield from logging_in(world, victim, label="the other, with the old password")
    own = yield from logging_in(world, intruder, label="whoever sent it, with the own password")
    if token_of(old) is not None or token_of(own) is None:
        return Inconclusive("the login does not look at passwords, or all were changed")
    return _vulnerable(
        operation,
        "set another user's password",
        "the other's old password no longer logged in and the new one did; the password of "
        "whoever sent it was as before",
        (new, attempt),
        (*_logins(victim), old, own),
    )


def _text(
    operation: Operation, world: World, victim: Account, intruder: Account, call: Call
) -> Conversation:
    """A random word in the members that take text, looked for where accounts are shown."""
    canary = new_canary()
    texts: dict[str, object] = {
        name: f"{canary}@example.com" if _MAIL.search(name) else canary
        for name, value in _sent(call).items()
        if isinstance(value, str)
    }
    reader = _reader(operation, world)
    if not texts or reader is None:
        return NotApplicable("it sets no text that could be read back")
    before = yield from _read(reader, world, victim, "the other's account before")
    if not before.ok or canary in before.text:
        return Inconclusive(f"the account is not shown ({before.status or before.fault})")
    attempt = yield acting(with_members(call, texts), intruder, world)
    after = yield from _read(reader, world, victim, "the other's account after")
    if canary not in after.text:
        return Held(f"it gives {attempt.status}, and the other's account is as it was")
    own = yield from _read(reader, world, intruder, "the account of whoever sent it")
    if canary in own.text:
        return Held("it is shown in every account")
    return _vulnerable(
        operation,
        "change another user's account",
        "the random word that it sent was then in the other's account, and not in the own",
        (after, attempt),
        (before, own),
    )


def _reader(operation: Operation, world: World) -> Operation | None:
    """A read of one's own account, else of the account that a path names."""
    reads = [one for one in world.operations if one.method == "GET"]
    own = [one for one in reads if not one.path_parameters and _SELF.search(one.path)]
    named = [
        one
        for one in reads
        if one.path_parameters == operation.path_parameters
        and operation.path.startswith(one.path.rstrip("/"))
    ]
    return next(iter((*own, *named)), None)


def _read(
    reader: Operation, world: World, account: Account, label: str
) -> Generator[Call, Reply, Reply]:
    ids = {name: account.named_by(name) for name in reader.path_parameters}
    reply = yield acting(world.build(reader, None, label, ids=ids), account, world)
    return reply


def _sent(call: Call) -> dict[str, object]:
    return call.json_body if isinstance(call.json_body, dict) else {}


def _logins(account: Account) -> tuple[Reply, ...]:
    return (account.login,) if account.login is not None else ()


def _vulnerable(
    operation: Operation,
    what: str,
    seen: str,
    proof: tuple[Reply, ...],
    controls: tuple[Reply, ...],
) -> Vulnerable:
    return Vulnerable(
        message=f"{operation} lets a new user {what}",
        oracle=(
            f"Of two users that the scan registered, one sent it for the other and got "
            f"{proof[-1].status}: {seen}."
        ),
        proof=proof,
        controls=controls,
        parameter=operation.path_parameters[0],
    )
