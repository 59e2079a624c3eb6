"""API2: a password is changed without the old one."""

from __future__ import annotations

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
from scanner.engines.dast.probes._accounts import (
    acting,
    is_login,
    logging_in,
    made_up,
    new_password_members,
    register_of,
    registered,
    token_of,
    with_members,
    without_old,
)
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/weak-password-change"),
    engine="probes",
    stage=Stage.DAST,
    title="A password is changed without the old one",
    severity=Severity.LOW,
    confidence=Confidence.PROVEN,
    rationale=(
        "A token that was borrowed for a minute becomes the account for good, and its owner is "
        "locked out."
    ),
    remediation=(
        "Ask for the current password where a new one is set, compare it as a login does, and end "
        "the other sessions."
    ),
    cwe=("CWE-620",),
    owasp=("API2:2023",),
    controls=("AUTHN-2",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/",
        "https://cwe.mitre.org/data/definitions/620.html",
    ),
)


def converse(operation: Operation, world: World) -> Conversation:
    """As a user of the scan's own set a new password without the old one, then log in by each."""
    if operation.method not in ("PUT", "PATCH", "POST") or len(operation.path_parameters) > 1:
        return NotApplicable("it changes nothing of one user")
    sets = new_password_members(world.build(operation, None, ""))
    if not sets or is_login(operation, world) or operation == register_of(world):
        return NotApplicable("it sets no password")
    if operation.destructive:
        return NotApplicable("not called, since it may destroy")
    own = yield from registered(world)
    if own is None:
        return NotApplicable("no user of the scan's own could be registered")
    fresh = made_up().password
    ids = {name: own.named_by(name) for name in operation.path_parameters}
    whole = world.build(operation, None, "a new password with a wrong old one", ids=ids)
    bare = replace(without_old(whole), label="a new password without the old one")
    # Some ask for the old password and never look at it.
    attempts = (bare, whole) if without_old(whole) != whole else (bare,)
    for attempt in attempts:
        call = with_members(attempt, dict.fromkeys(sets, fresh))
        changed = yield acting(call, own, world)
        if changed.ok:
            break
    else:
        return Held(f"it is refused ({changed.status or changed.fault})")
    old = yield from logging_in(world, own, label="the old password")
    new = yield from logging_in(world, own, fresh, label="the new password")
    if token_of(old) is not None or token_of(new) is None:
        return Held("the old password is still the right one")
    nobody = yield replace(call, label="the same as nobody", identity=None)
    if nobody.ok:
        return Inconclusive("it answers nobody with success as well")
    return Vulnerable(
        message=f"{operation} sets a new password without asking for the old one",
        oracle=(
            f"A user of the scan's own sent {call.label} and got {changed.status}; then the old "
            "one no longer logged in, and the new one did."
        ),
        proof=(new, changed),
        controls=(old, nobody),
        parameter=sets[0],
    )


PROBE = Probe(rule=RULE, converse=converse, max_requests=8, phase=Phase.WRITE, own_objects=True)
