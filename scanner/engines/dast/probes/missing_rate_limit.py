"""API4: nothing slows a caller down who asks as fast as possible."""

from __future__ import annotations

import re
from statistics import median

from msgspec.structs import replace

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
from scanner.engines.dast.probes._shape import denies, same_kind
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/missing-rate-limit"),
    engine="probes",
    stage=Stage.DAST,
    title="No rate limit on an operation that costs compute",
    severity=Severity.HIGH,
    confidence=Confidence.PROVEN,
    rationale=(
        "Inference is expensive: one caller without a limit can take the capacity of all others, "
        "run up the bill, and query the model often enough to copy it."
    ),
    remediation=(
        "Limit by credential, in the application or at the gateway, and say so with 429 and "
        "Retry-After:\n\n"
        '    @limiter.limit("60/minute")\n'
        "    async def predict(request: Request, body: PredictRequest): ..."
    ),
    cwe=("CWE-770",),
    owasp=("API4:2023",),
    controls=("RATE-1",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",
        "https://cwe.mitre.org/data/definitions/770.html",
    ),
)

_COSTLY = re.compile(
    r"predict|infer|generat|complet|chat|embed|classif|rerank|score|translat|transcri|invocations|"
    r"detect|analy[sz]e|summar",
    re.IGNORECASE,
)
# Twice a limit of 60 a minute, and some: a limit that is not advertised shows up late.
_DEFAULT_BURST = 130
_MAX_BURST = 250
_SECONDS = 15.0
_ENOUGH = 40
_LIMITED = (402, 403, 420, 429, 509)


def converse(operation: Operation, world: World) -> Conversation:
    """Send a bounded burst, twice the advertised limit where there is one."""
    if operation.method not in ("POST", "PUT") or not _COSTLY.search(operation.path):
        return NotApplicable("it does not look like one that costs compute")
    valid = world.baseline(operation)
    if valid is None:
        return NotApplicable("it never answered with success")
    advertised = _advertised(valid)
    burst = min(_MAX_BURST, 2 * advertised) if advertised else _DEFAULT_BURST
    call = replace(valid.call, label=f"one of {burst} in a row")
    times: list[float] = []
    last = valid
    while len(times) < burst and sum(times) <= _SECONDS:
        last = yield call
        times.append(last.seconds)
        held = _ended(last, valid, len(times))
        if held is not None:
            return held
    if len(times) < _ENOUGH:
        return Inconclusive(f"it is too slow to tell: {len(times)} calls in {sum(times):.0f} s")
    if _slowed(times):
        return Held("calls are slowed down as they go on")
    ok, spent = len(times), sum(times)
    return Vulnerable(
        message=f"{operation} served {ok} calls of one caller in {spent:.1f} s without a limit",
        oracle=(
            f"{ok} calls in a row in {spent:.1f} s all gave a success; none gave 429 or a "
            "Retry-After"
            + (f", though a limit of {advertised} is advertised." if advertised else ".")
        ),
        proof=(valid, last),
    )


def _ended(reply: Reply, valid: Reply, number: int) -> Held | Inconclusive | None:
    """What an answer other than the usual one says, None if it is the usual one."""
    if reply.status in _LIMITED or (reply.header("retry-after") and not reply.ok):
        return Held(f"limited after {number} calls ({reply.status})")
    if reply.status == 0:
        return Inconclusive(f"after {number} calls: {reply.fault}")
    if not reply.ok:
        return Inconclusive(f"after {number} calls it gave {reply.status}")
    # Text that a model writes is never the same twice; JSON keeps its form.
    if denies(reply) or (valid.json() is not None and not same_kind(valid, reply)):
        return Held(f"after {number} calls the answer is another one")
    return None


def _slowed(times: list[float]) -> bool:
    """Whether the last quarter took far longer than the first: a limit by delay."""
    quarter = len(times) // 4
    early, late = median(times[:quarter]), median(times[-quarter:])
    return late > 0.2 and late > 5 * early


def _advertised(reply: Reply) -> int | None:
    """The limit that the answer's own headers name, in calls."""
    for name in ("ratelimit-limit", "x-ratelimit-limit"):
        match = re.match(r"\s*(\d{1,6})", reply.header(name) or "")
        if match and int(match[1]) > 0:
            return int(match[1])
    return None


PROBE = Probe(rule=RULE, converse=converse, max_requests=_MAX_BURST, phase=Phase.EXHAUST)
