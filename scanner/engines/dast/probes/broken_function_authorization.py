"""API5: an ordinary user carries out an operation that is the administrators'."""

from __future__ import annotations

import re

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Conversation,
    Held,
    Inconclusive,
    NotApplicable,
    Phase,
    Probe,
    Vulnerable,
    World,
)
from scanner.engines.dast.probes._shape import denies, same_kind, shared
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/broken-function-authorization"),
    engine="probes",
    stage=Stage.DAST,
    title="An ordinary user carries out an administrator's operation",
    severity=Severity.HIGH,
    confidence=Confidence.PROVEN,
    rationale=(
        "Whoever can manage models decides what every other caller is answered with; whoever reads "
        "the audit trail or the full list knows what to attack next."
    ),
    remediation=(
        "Demand the role where the administrators' routes begin, not in each of them:\n\n"
        '    router = APIRouter(prefix="/v1/admin", dependencies=[Depends(require_admin)])'
    ),
    cwe=("CWE-285",),
    owasp=("API5:2023",),
    controls=("AUTHZ-3",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa5-broken-function-level-authorization/",
        "https://cwe.mitre.org/data/definitions/285.html",
    ),
)

_SEGMENT = re.compile(
    r"(?:^|[/_\-. ])(?:admins?|administrators?|administration|superusers?|sysadmin|back-?office|"
    r"internal|audit(?:s|-?log|-?trail)?|impersonate|management)(?:$|[/_\-. ])",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:for|by|as|requires?|only)\s+(?:an?\s+|the\s+)?admin(?:istrator)?s?\b"
    r"|\badmin(?:istrator)?s?[ -]only\b|^\[?admin\b",
    re.IGNORECASE,
)
# An audit log grows while it is read; the answer to a mere mortal's own rows shares far less.
_SAME = 0.5


def converse(operation: Operation, world: World) -> Conversation:
    """Call it as a user, as nobody and as the administrator, and compare what they get."""
    if operation.destructive or operation.meant_public or operation.method == "OPTIONS":
        return NotApplicable("not called, since it may destroy or is meant for everyone")
    valid = world.baseline(operation)
    user = world.user
    if user is None or valid is None:
        return NotApplicable("it needs an ordinary user and a call that works")
    if not _meant_for_admins(operation) and not world.is_admin(valid.call.identity):
        return NotApplicable("nothing says that it is for administrators")
    as_user = yield replace(valid.call, label=f"as {user.name}, a user", identity=user.name)
    if as_user.status == 0:
        return Inconclusive(as_user.fault)
    if not as_user.ok or denies(as_user):
        return Held(f"{user.name} gets {as_user.status}")
    if not as_user.body.strip():
        return NotApplicable("an answer without content shows no effect")
    nobody = yield replace(valid.call, label="as nobody", identity=None)
    if nobody.ok and not denies(nobody) and same_kind(as_user, nobody):
        return Held("it is open to everyone, which is not a matter of roles")
    found = Vulnerable(
        message=f"{operation} serves {user.name}, an ordinary user",
        oracle=(
            f"{operation} is named as the administrators', {user.name} is not one and got "
            f"{as_user.status} with content; nobody got {nobody.status}."
        ),
        proof=(as_user,),
        controls=(nobody,),
        severity=Severity.MEDIUM,
        confidence=Confidence.TENTATIVE,
    )
    if world.admin is None:
        return found
    as_admin = yield replace(valid.call, label="as the administrator", identity=world.admin.name)
    if not same_kind(as_admin, as_user) or shared(as_admin, as_user) < _SAME:
        return Held("the administrator is shown something else")
    return replace(
        found,
        oracle=(
            f"{user.name}, an ordinary user, got {as_user.status} with what the administrator "
            f"gets; nobody got {nobody.status}."
        ),
        proof=(as_admin, as_user),
        severity=RULE.severity,
        # A write may answer alike and do nothing.
        confidence=Confidence.PROVEN if operation.reads_only else Confidence.FIRM,
    )


def _meant_for_admins(operation: Operation) -> bool:
    if any(_SEGMENT.search(text) for text in (operation.path, *operation.tags)):
        return True
    return bool(_TOLD.search(operation.summary))


PROBE = Probe(rule=RULE, converse=converse, max_requests=3, phase=Phase.READ)
