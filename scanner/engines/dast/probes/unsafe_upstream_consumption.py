"""API10: what another server answers is trusted more than what a caller sends."""

from __future__ import annotations

import secrets

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Conversation,
    Held,
    NotApplicable,
    Phase,
    Probe,
    Vulnerable,
    World,
)
from scanner.engines.dast.listener import word_of
from scanner.engines.dast.probes._url_places import url_places
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/unsafe-upstream-consumption"),
    engine="probes",
    stage=Stage.DAST,
    title="The answer of another server is followed or passed on unread",
    severity=Severity.MEDIUM,
    confidence=Confidence.PROVEN,
    rationale=(
        "A model hub or a tool that is taken over, or merely redirects, then decides where the "
        "server's requests go and what callers are told."
    ),
    remediation=(
        "Follow no redirect, bound the size, and read the answer with a strict schema before "
        "anything is kept:\n\n"
        "    response = session.get(url, allow_redirects=False, timeout=5)\n"
        "    card = ModelCard.model_validate_json(response.content[:MAX_CARD_BYTES])"
    ),
    cwe=("CWE-20",),
    owasp=("API10:2023",),
    controls=("CONSUME-1",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xaa-unsafe-consumption-of-apis/",
        "https://cwe.mitre.org/data/definitions/20.html",
    ),
)


def converse(operation: Operation, world: World) -> Conversation:
    """Where it fetches from our listener: answer with a redirect, then with broken JSON."""
    if operation.destructive or not world.listener:
        return NotApplicable("not called, since it may destroy")
    known = world.baselines.get(str(operation))
    if known is not None and known.refused:
        return NotApplicable("no identity may call it")
    for place in url_places(operation, world, world.caller(operation)):
        nonce = secrets.token_hex(8)
        label = f"{place.name} = our listener"
        plain = yield place.call(label, f"{world.listener}/{nonce}", world.resolve)
        if not world.heard(nonce):
            continue
        nonce = secrets.token_hex(8)
        label = f"{place.name} = a redirect of our listener's"
        url = f"{world.listener}/redirect/{nonce}"
        redirected = yield place.call(label, url, world.resolve)
        follows = world.heard(f"/followed/{nonce}")
        nonce = secrets.token_hex(8)
        label = f"{place.name} = broken JSON of our listener's"
        url = f"{world.listener}/malformed/{nonce}"
        broken = yield place.call(label, url, world.resolve)
        relays = broken.ok and word_of(nonce) in broken.text
        if not follows and not relays:
            return Held("it follows no redirect and passes nothing malformed on")
        did = [
            *(["followed its redirect"] if follows else []),
            *(["passed on as a success what called itself JSON and was none"] if relays else []),
        ]
        proof = (*([broken] if relays else []), *([redirected] if follows else []))
        return Vulnerable(
            message=f"{operation} {' and '.join(did)} (server named in {place.name})",
            oracle=(
                f"Our listener answered the request that {place.name} caused, and the endpoint "
                f"{' and '.join(did)}."
            ),
            proof=proof,
            controls=(plain,),
            parameter=place.name,
            # Relaying what it did not understand may be a choice; a redirect that is followed to
            # a place that the caller did not name is not.
            confidence=Confidence.PROVEN if follows else Confidence.FIRM,
        )
    return NotApplicable("no parameter makes it fetch anything")


PROBE = Probe(rule=RULE, converse=converse, max_requests=10, phase=Phase.WRITE)
