"""API2: passwords can be guessed as fast as the server answers."""

from __future__ import annotations

import re
from statistics import median

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
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
    logging_in,
    made_up,
    registered,
    token_of,
)
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/missing-login-throttling"),
    engine="probes",
    stage=Stage.DAST,
    title="Passwords may be guessed without a limit",
    severity=Severity.MEDIUM,
    confidence=Confidence.PROVEN,
    rationale=(
        "Lists of passwords that leaked elsewhere are tried by the million; only a limit per "
        "account and per address makes that hopeless."
    ),
    remediation=(
        "Count failures per account and per address, answer 429 with Retry-After after a few, and "
        "let the wait grow:\n\n"
        '    @limiter.limit("5/minute", key_func=account_and_address)\n'
        "    def login(...): ..."
    ),
    cwe=("CWE-307",),
    owasp=("API2:2023",),
    controls=("AUTHN-3",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/",
        "https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html",
    ),
)

_ATTEMPTS = 30
_SECONDS = 20.0
_TOLD = re.compile(r"captcha|too many|locked|try again (?:later|in)|blocked|throttl", re.IGNORECASE)


def converse(operation: Operation, world: World) -> Conversation:
    """Wrong passwords in a row for a user of the scan's own; then the right one."""
    if not is_login(operation, world):
        return NotApplicable("it is no login")
    own = yield from registered(world)
    account = own or made_up()
    replies: list[Reply] = []
    while len(replies) < _ATTEMPTS and sum(one.seconds for one in replies) < _SECONDS:
        call = world.build(operation, None, f"one of {_ATTEMPTS} wrong passwords in a row")
        reply = yield filled(call, account, made_up().password)
        ended = _ended(reply, replies)
        if ended is not None:
            return ended
        replies.append(reply)
    if len(replies) < _ATTEMPTS:
        return Inconclusive(f"it is too slow to tell: {len(replies)} attempts")
    if _slowed([one.seconds for one in replies]):
        return Held("attempts are slowed down as they go on")
    last: tuple[Reply, ...] = ()
    if own is not None:
        right = yield from logging_in(world, own, label="the right password afterwards")
        if token_of(right) is None:
            return Held("the account is locked, though the answers do not say so")
        last = (right,)
    return _vulnerable(operation, account, replies, last)


def _ended(reply: Reply, before: list[Reply]) -> Held | Inconclusive | None:
    number = len(before) + 1
    if reply.status == 0:
        return Inconclusive(f"after {number} attempts: {reply.fault}")
    if token_of(reply) is not None:
        return Inconclusive("a made-up password was right")
    limited = reply.status in (420, 423, 429, 503) or reply.header("retry-after")
    if limited or _TOLD.search(reply.text):
        return Held(f"limited after {number} attempts ({reply.status})")
    if before and reply.status != before[0].status:
        return Held(f"after {number} attempts the answer is another one ({reply.status})")
    if reply.status >= 500 or reply.status in (404, 405, 422):
        return Inconclusive(f"an attempt gives {reply.status}")
    return None


def _slowed(times: list[float]) -> bool:
    quarter = len(times) // 4
    early, late = median(times[:quarter]), median(times[-quarter:])
    return late > 0.2 and late > 3 * early


def _vulnerable(
    operation: Operation, account: Account, replies: list[Reply], last: tuple[Reply, ...]
) -> Vulnerable:
    spent = sum(one.seconds for one in replies)
    return Vulnerable(
        message=f"{operation} took {len(replies)} wrong passwords in {spent:.1f} s without a limit",
        oracle=(
            f"{len(replies)} wrong passwords in a row for "
            + ("a user of the scan's own" if last else "a made-up user")
            + f" were all answered {replies[0].status}, in {spent:.1f} s"
            + ("; the right one was still taken afterwards." if last else ".")
        ),
        proof=(replies[0], *last, replies[-1]),
        # A limit per account may only count for accounts that exist.
        confidence=Confidence.PROVEN if account.credential else Confidence.TENTATIVE,
    )


PROBE = Probe(rule=RULE, converse=converse, max_requests=_ATTEMPTS + 4, phase=Phase.EXHAUST)
