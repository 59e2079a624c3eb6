"""API2: the login takes a name and password that everyone tries first."""

from __future__ import annotations

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
from scanner.engines.dast.probes._accounts import Account, filled, is_login, made_up, token_of
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/default-credentials"),
    engine="probes",
    stage=Stage.DAST,
    title="A default name and password log in",
    severity=Severity.CRITICAL,
    confidence=Confidence.PROVEN,
    rationale=(
        "Installers and demonstrations leave accounts behind whose passwords are in every manual; "
        "they are tried within minutes of an endpoint going up."
    ),
    remediation=(
        "Ship no account with a password. Let the first start make one up, or demand one:\n\n"
        '    password = os.environ["ADMIN_PASSWORD"]  # no default: the start fails without it'
    ),
    cwe=("CWE-1392",),
    owasp=("API2:2023", "API8:2023"),
    controls=("AUTHN-1",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa2-broken-authentication/",
        "https://cwe.mitre.org/data/definitions/1392.html",
    ),
)

# At most two for a name: three wrong passwords lock an account in many places.
_PAIRS = (
    ("admin", "admin"),
    ("admin", "password"),
    ("root", "root"),
    ("test", "test"),
    ("user", "user"),
    ("guest", "guest"),
    ("demo", "demo"),
)


def converse(operation: Operation, world: World) -> Conversation:
    """Try the pairs; a made-up name with a made-up password must be refused."""
    if not is_login(operation, world):
        return NotApplicable("it is no login")
    plain = world.build(operation, None, "a made-up name and password")
    control = yield filled(plain, made_up())
    if control.status == 0:
        return Inconclusive(control.fault)
    if token_of(control) is not None:
        return Held("it logs anybody in, so no pair of these means anything")
    for name, password in _PAIRS:
        account = Account(name, f"{name}@example.com", password)
        call = world.build(operation, None, f"{name} with a default password")
        reply = yield filled(call, account)
        if reply.status in (423, 429):
            return Held(f"limited ({reply.status})")
        if token_of(reply) is not None:
            return Vulnerable(
                message=f"{operation} logs {name} in with a default password",
                oracle=(
                    f"{name} with one of the passwords that everyone tries got a token "
                    f"({reply.status}); a made-up name and password got {control.status}."
                ),
                proof=(reply,),
                controls=(control,),
            )
    return Held("the usual pairs are refused")


PROBE = Probe(rule=RULE, converse=converse, max_requests=len(_PAIRS) + 1, phase=Phase.WRITE)
