"""API2: a login tells who has an account."""

from __future__ import annotations

import re
from collections.abc import Generator
from itertools import chain
from statistics import median

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Call,
    Conversation,
    Held,
    Inconclusive,
    NotApplicable,
    Phase,
    Probe,
    Reply,
    Vulnerable,
    World,
)
from scanner.engines.dast.probes._accounts import (
    Account,
    filled,
    is_login,
    made_up,
    registered,
    token_of,
)
from scanner.engines.dast.probes._likeness import said
from scanner.engines.dast.probes._shape import leaves
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/user-enumeration"),
    engine="probes",
    stage=Stage.DAST,
    title="A login tells who has an account",
    severity=Severity.MEDIUM,
    confidence=Confidence.PROVEN,
    rationale=(
        "Guessing passwords pays only for names that exist. A login that answers differently for "
        "them sorts any list of names for the attacker."
    ),
    remediation=(
        "Give one answer to a wrong name and to a wrong password, and compare a password with a "
        "fixed hash where there is no user, so that it takes as long:\n\n"
        "    user = users.get(name)\n"
        "    right = verify(password, user.hash if user else DUMMY_HASH)\n"
        "    if user is None or not right:\n"
        '        raise HTTPException(401, "wrong name or password")'
    ),
    cwe=("CWE-204", "CWE-208"),
    owasp=("API2:2023",),
    controls=("AUTHN-3",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/",
        "https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html",
    ),
)

_NAME_KEY = re.compile(r"^(?:user_?name|login|name|sub)$", re.IGNORECASE)
_MAIL_KEY = re.compile(r"^e-?mail$", re.IGNORECASE)
_USERS = re.compile(r"user|account|member|/me$|profile|whoami", re.IGNORECASE)
# Numbers of requests, times and the like differ from answer to answer.
_PASSING = re.compile(r"[0-9a-fA-F]{8}[0-9a-fA-F-]*|\d+(?:\.\d+)?")
_LIMITED = (423, 429)
# Nobody's turn or coin follows this; the first few suffice where all are answered alike.
_ORDER = (True, False, False, True, True, False, False, True, True, False, True, False)
_FIRST = 4
_PAIRS = 8
_QUICK = 0.5
_GAP = 0.02

Attempt = Generator[Call, Reply, Reply]


def converse(operation: Operation, world: World) -> Conversation:
    """Wrong passwords for names that exist and for names that do not, in changing order."""
    if not is_login(operation, world):
        return NotApplicable("it is no login")
    known = yield from _known(operation, world)
    if len(known) < 2:
        return NotApplicable("no two names are known to exist")
    password = made_up().password
    there: list[Reply] = []
    absent: list[Reply] = []
    # Two attempts each lock nobody out whose account is not the scan's own.
    for number, exists in enumerate(_ORDER if known[0].credential else _ORDER[:8]):
        if number == _FIRST and _said(there[0]) == _said(absent[0]):
            break
        account = known[len(there) % 2] if exists else made_up()
        label = "a name that exists" if exists else "a name that does not"
        reply = yield from _attempt(operation, world, account, password, label)
        if reply.status in (0, *_LIMITED):
            return Inconclusive(f"an attempt to log in gave {reply.status or reply.fault}")
        if token_of(reply) is not None:
            return Inconclusive("a made-up password was right")
        (there if exists else absent).append(reply)
        if len({_said(one) for one in there}) > 1 or len({_said(one) for one in absent}) > 1:
            return Held("the answers differ from one attempt to the next, whoever it is")
    if _said(there[0]) != _said(absent[0]):
        return _vulnerable(operation, there, absent)
    if not known[0].credential or median(one.seconds for one in there) > _QUICK:
        return Held("names that exist are answered like names that do not")
    return (yield from _timed(operation, world, known, password))


def _known(operation: Operation, world: World) -> Generator[Call, Reply, list[Account]]:
    """Two accounts that exist: the scan's own if it can register, else names in answers."""
    first = yield from registered(world)
    if first is not None:
        second = yield from registered(world)
        return [first, second] if second is not None else []
    asks = world.build(operation, None, "")
    by_mail = filled(asks, Account("name", "mail", "")) == filled(asks, Account("", "mail", ""))
    key = _MAIL_KEY if by_mail else _NAME_KEY
    seen = [
        value
        for reply in world.baselines.values()
        if reply.ok and reply.call.method == "GET" and _USERS.search(reply.call.path)
        for path, value in leaves(reply.json())
        if path and key.search(path[-1]) and isinstance(value, str)
    ]
    names = dict.fromkeys(chain(seen, (one.name for one in world.users)))
    return [Account(name, name, "") for name in names if 2 < len(name) < 100][:2]


def _attempt(
    operation: Operation, world: World, account: Account, password: str, label: str
) -> Attempt:
    call = world.build(operation, None, f"a wrong password for {label}")
    reply = yield filled(call, account, password)
    return reply


def _said(reply: Reply) -> tuple[int, str]:
    """An answer without what was sent and without what passes."""
    body = reply.call.json_body
    sent = [value for value in body.values() if isinstance(value, str)] if body else []
    return reply.status, _PASSING.sub("#", said(reply, *sent))


def _vulnerable(operation: Operation, there: list[Reply], absent: list[Reply]) -> Vulnerable:
    same = there[0].status == absent[0].status
    how = "another text" if same else f"{there[0].status} and {absent[0].status}"
    return Vulnerable(
        message=f"{operation} tells names that exist from names that do not",
        oracle=(
            f"Wrong passwords for two names that exist, {len(there)} times in all, were answered "
            f"alike, and so were those for {len(absent)} made-up names; the two differ ({how})."
        ),
        proof=(there[0], there[-1]),
        controls=(absent[0], absent[-1]),
    )


def _timed(operation: Operation, world: World, known: list[Account], password: str) -> Conversation:
    """Whether a password takes longer to be found wrong where there is one to compare with.

    Every time for a name that exists must be far above every other: by chance that happens to
    8 and 8 numbers once in 12,870 times, and they must differ by much besides.
    """
    there: list[Reply] = []
    absent: list[Reply] = []
    for number in range(_PAIRS):
        order = (True, False) if number % 2 else (False, True)
        for exists in order:
            account = known[number % 2] if exists else made_up()
            label = "a name that exists" if exists else "a name that does not"
            reply = yield from _attempt(operation, world, account, password, label)
            if reply.status in (0, *_LIMITED):
                return Held("names are answered alike, and attempts are limited")
            (there if exists else absent).append(reply)
        low, high = min(one.seconds for one in there), max(one.seconds for one in absent)
        if low < 2 * high or low < high + _GAP:
            return Held("names that exist are answered like names that do not, and as fast")
    low, high = min(one.seconds for one in there), max(one.seconds for one in absent)
    return Vulnerable(
        message=f"{operation} takes longer for names that exist",
        oracle=(
            f"{_PAIRS} wrong passwords for names that exist took {low:.3f} s or more, and "
            f"{_PAIRS} for made-up names {high:.3f} s or less, in changing order."
        ),
        proof=(there[0], there[-1]),
        controls=(absent[0], absent[-1]),
        severity=Severity.LOW,
        confidence=Confidence.FIRM,
    )


PROBE = Probe(
    rule=RULE, converse=converse, max_requests=4 + len(_ORDER) + 2 * _PAIRS, phase=Phase.WRITE
)
