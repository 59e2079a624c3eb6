"""API6: a flow that should count once counts each time it is sent."""

from __future__ import annotations

import re
import secrets
from collections.abc import Generator

from msgspec.structs import replace

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
from scanner.engines.dast.probes._gains import Numbers, gains, moved
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/replayable-flow"),
    engine="probes",
    stage=Stage.DAST,
    title="A flow that should count once counts each time",
    severity=Severity.HIGH,
    confidence=Confidence.PROVEN,
    rationale=(
        "Credits pay for compute. Who can send one voucher a thousand times has the model for "
        "nothing, and others wait."
    ),
    remediation=(
        "Mark the use and check for it in one step, so that two requests at once cannot both be "
        "first, and answer 409 afterwards:\n\n"
        "    INSERT INTO redeemed (account, code) VALUES (?, ?)  -- primary key (account, code)"
    ),
    cwe=("CWE-799", "CWE-841"),
    owasp=("API6:2023",),
    controls=("ABUSE-1",),
    references=(
        (
            "https://owasp.org/API-Security/editions/2023/en/"
            "0xa6-unrestricted-access-to-sensitive-business-flows/"
        ),
        "https://cwe.mitre.org/data/definitions/799.html",
    ),
)

_ONCE = re.compile(
    r"redeem|voucher|coupon|claim|(?:^|[/_-])votes?(?:$|[/_-])|referral|apply-?_?code|promo|gift|"
    r"bonus|reward",
    re.IGNORECASE,
)
# Whoever pays each time may do these as often as he likes, and the payment may not show.
_PAID = re.compile(r"checkout|purchase|transfer|top-?_?up", re.IGNORECASE)
_ACCOUNT = re.compile(
    r"/(?:me|self|profile|account|balance|wallet|credits|whoami|current)s?/?$", re.IGNORECASE
)
_REPEATS = 3

Step = Generator[Call, Reply, tuple[Reply, Numbers]]


def converse(operation: Operation, world: World) -> Conversation:
    """Send what worked again and again, and watch what the caller has."""
    once = str(operation) in world.flows or bool(_ONCE.search(operation.path))
    like_one = once or _PAID.search(operation.path)
    if operation.method != "POST" or not like_one or operation.destructive:
        return NotApplicable("it does not look like a flow that counts once")
    valid = world.baseline(operation)
    if valid is None:
        return NotApplicable("no valid call succeeded")
    reader = _reader(world, valid.call.identity)
    seen = [gains(valid)]
    if reader is not None:
        still = yield replace(reader, label="what the caller has")
        seen = [gains(still)]
    replies: list[Reply] = []
    for turn in range(1, _REPEATS + 1):
        reply, numbers = yield from _step(replace(valid.call, label=f"again ({turn})"), reader)
        if reply.status == 0:
            return Inconclusive(reply.fault)
        if not reply.ok:
            return Held(f"sent again it gives {reply.status}")
        replies.append(reply)
        seen.append(numbers)
    grown = moved(seen, +1)
    if grown is not None and moved(seen, -1) is not None:
        return Held("sent again it is paid for again")
    if grown is None:
        return Held("sent again it has no effect that shows")
    control, after = yield from _step(_made_up(valid.call, reader), reader)
    if after.get(grown, 0) > seen[-1][grown]:
        return Held(f"{grown[-1]} grows with any call, also with one that means nothing")
    values = " → ".join(f"{one[grown]:g}" for one in seen)
    return Vulnerable(
        message=f"{operation} counts each time that the same request is sent",
        oracle=(
            f"The same request was sent {_REPEATS} more times by the same caller, succeeded each "
            f"time, and {grown[-1]} went {values}; a request that means nothing left it as it was."
        ),
        proof=tuple(replies),
        controls=(control,),
        severity=RULE.severity if once else Severity.MEDIUM,
        confidence=_confidence(once=once, read=reader is not None),
    )


def _confidence(*, once: bool, read: bool) -> Confidence:
    """The answer alone may only say what would be; a read of the account says what is."""
    if not once:
        return Confidence.TENTATIVE
    return Confidence.PROVEN if read else Confidence.FIRM


def _step(call: Call, reader: Call | None) -> Step:
    """Send a call and look at what the caller has then."""
    reply = yield call
    if reader is None:
        return reply, gains(reply)
    read = yield replace(reader, label="what the caller has then")
    return reply, gains(read)


def _made_up(call: Call, reader: Call | None) -> Call:
    """The call with each text in its body replaced; a mere read where there is no text."""
    body = call.json_body
    if isinstance(body, dict) and any(isinstance(value, str) for value in body.values()):
        word = f"NONE-{secrets.token_hex(4).upper()}"
        changed = {k: word if isinstance(v, str) else v for k, v in body.items()}
        return replace(call, label="with made-up values", json_body=changed)
    return replace(reader or call, label="a mere read" if reader else "once more, to compare")


def _reader(world: World, name: str | None) -> Call | None:
    """A read that shows what the caller has."""
    for operation in world.operations:
        valid = world.baseline(operation)
        known = valid is not None and valid.call.identity == name and name is not None
        shows = operation.method == "GET" and not operation.path_parameters
        if valid and known and shows and _ACCOUNT.search(operation.path) and gains(valid):
            return valid.call
    return None


PROBE = Probe(rule=RULE, converse=converse, max_requests=2 * _REPEATS + 3, phase=Phase.WRITE)
