"""API8: credentials and prompts travel in clear text, or under a TLS that is no longer safe."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from scanner.engines._endpoint.operation import Operation
from scanner.engines._endpoint.tls import OLD_VERSIONS
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
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/weak-transport"),
    engine="probes",
    stage=Stage.DAST,
    title="Requests travel in clear text or under an old TLS",
    severity=Severity.HIGH,
    confidence=Confidence.PROVEN,
    rationale=(
        "Whoever sits on the way reads keys, prompts and answers, or changes them; TLS 1.0 and 1.1 "
        "are out of use since RFC 8996."
    ),
    remediation=(
        "Serve TLS 1.2 or newer only, and redirect or refuse plain HTTP:\n\n"
        "    context.minimum_version = ssl.TLSVersion.TLSv1_2"
    ),
    cwe=("CWE-319", "CWE-326"),
    owasp=("API8:2023",),
    controls=("TLS-1",),
    references=(
        "https://www.rfc-editor.org/rfc/rfc8996",
        "https://owasp.org/API-Security/editions/2023/en/0xa8-security-misconfiguration/",
    ),
)


def converse(operation: Operation, world: World) -> Conversation:
    """Look at the origin; over TLS, try the old versions, which must not get through."""
    parts = urlsplit(world.origin)
    if parts.scheme == "http":
        if _on_this_machine(parts.hostname or ""):
            return NotApplicable("on this machine it is plain HTTP by its nature")
        valid = world.baseline(operation)
        name = valid.call.identity if valid else None
        plain = yield world.build(operation, name, "over plain HTTP")
        if plain.status == 0:
            return Inconclusive(plain.fault)
        if not plain.ok or name is None:
            return Held("nothing that needs a credential is served over plain HTTP")
        return _clear_text(operation, plain)
    if parts.scheme != "https":
        return NotApplicable("it is no HTTP")
    answers = {version: world.speaks(version) for version in OLD_VERSIONS}
    spoken = [version for version, answer in answers.items() if answer]
    if not spoken:
        untried = [version for version, answer in answers.items() if answer is None]
        if untried:
            return Inconclusive(f"{' and '.join(untried)} could not be tried from here")
        return Held("old versions are refused")
    reply = yield world.build(operation, None, "over a present version")
    return Vulnerable(
        message=f"the endpoint still speaks {' and '.join(spoken)}",
        oracle=f"A handshake that offered nothing but {' or '.join(spoken)} succeeded.",
        proof=(reply,),
        severity=Severity.MEDIUM,
    )


def _clear_text(operation: Operation, reply: Reply) -> Vulnerable:
    return Vulnerable(
        message=f"{operation} takes a credential over plain HTTP",
        oracle=f"The credential went over plain HTTP to another machine and got {reply.status}.",
        proof=(reply,),
    )


def _on_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


PROBE = Probe(rule=RULE, converse=converse, max_requests=1, phase=Phase.READ, per_target=True)
