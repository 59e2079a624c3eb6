"""API2: an operation that is said to need a credential answers without one, or with any."""

from __future__ import annotations

import secrets

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    NONSENSE_CREDENTIAL,
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
from scanner.engines.dast.probes._shape import denies, emptier, nothing_there, same_kind
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/missing-authentication"),
    engine="probes",
    stage=Stage.DAST,
    title="Operation works without a valid credential",
    severity=Severity.CRITICAL,
    confidence=Confidence.PROVEN,
    rationale=(
        "Whoever reaches the endpoint can use the model, its data and its compute. An alias or an "
        "old route beside a guarded one is the usual way that it happens."
    ),
    remediation=(
        "Demand the credential on the router or the application rather than route by route, so "
        "that a new route is closed unless it is opened on purpose:\n\n"
        "    router = APIRouter(dependencies=[Depends(require_key)])"
    ),
    cwe=("CWE-306",),
    owasp=("API2:2023",),
    controls=("AUTHN-1",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/",
        "https://cwe.mitre.org/data/definitions/306.html",
    ),
)


def converse(operation: Operation, world: World) -> Conversation:
    """Repeat a call that works, without a credential and with a made-up one."""
    if operation.secured is not True:
        return NotApplicable("the specification does not ask for a credential")
    if operation.destructive or operation.meant_public:
        return NotApplicable("not called, since it may destroy or is commonly open")
    caller = world.user or world.admin
    valid = world.baseline(operation)
    name = valid.call.identity if valid else (caller.name if caller else None)
    anonymous = yield world.build(operation, None, "without any credential")
    if anonymous.status == 0:
        return Inconclusive(anonymous.fault)
    if _works(anonymous, valid):
        return (yield from _judge(operation, "without any credential", anonymous, valid))
    if valid is None and not anonymous.refused:
        return NotApplicable("no valid call succeeded, so there is nothing to compare with")
    if name is None:
        return Held("a call without a credential is refused")
    made_up = yield replace(
        world.build(operation, name, "with a made-up credential"), credential=NONSENSE_CREDENTIAL
    )
    if _works(made_up, valid):
        return (yield from _judge(operation, "with a made-up credential", made_up, valid))
    return Held("calls without and with a made-up credential are refused")


def _works(reply: Reply, valid: Reply | None) -> bool:
    if not reply.ok or denies(reply):
        return False
    return valid is None or (same_kind(valid, reply) and not emptier(reply, valid))


def _judge(operation: Operation, how: str, reply: Reply, valid: Reply | None) -> Conversation:
    """A server that answers everything alike has not let anybody in."""
    path = f"/sg{secrets.token_hex(6)}"
    lost = yield replace(reply.call, label="a made-up path, for comparison", path=path)
    if not nothing_there(lost, reply):
        return Held("a made-up path is answered in the same way")
    return Vulnerable(
        message=f"{operation} answers {reply.status} {how}, though its specification asks for one",
        oracle=(
            f"The specification says that {operation} needs a credential, and {how} it gave a "
            f"success ({reply.status})"
            + (" of the same form as a valid call gets" if valid else "")
            + f"; a made-up path gave {lost.status}."
        ),
        proof=(valid, reply) if valid else (reply,),
        controls=(lost,),
        confidence=None if valid else Confidence.FIRM,
    )


PROBE = Probe(rule=RULE, converse=converse, max_requests=4, phase=Phase.READ)
