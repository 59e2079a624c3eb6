"""API9: the specification tells where the non-production servers are."""

from __future__ import annotations

import re

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
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/exposed-stage"),
    engine="probes",
    stage=Stage.DAST,
    title="The specification names non-production servers",
    severity=Severity.INFO,
    confidence=Confidence.FIRM,
    rationale=(
        "Test and staging servers often hold real data behind weaker locks; a public document that "
        "names them saves an attacker the search."
    ),
    remediation="List only the server that the reader shall use; build the list at deployment.",
    cwe=("CWE-200",),
    owasp=("API9:2023",),
    controls=("INV-1",),
    references=(
        "https://cwe.mitre.org/data/definitions/200.html",
        "https://owasp.org/API-Security/editions/2023/en/0xa9-improper-inventory-management/",
    ),
)

_STAGE = re.compile(
    r"//(?:[^/]*[.-])?(?:dev|develop|test|testing|stage|staging|stg|uat|qa|sandbox|preprod|preview)"
    r"\d{0,2}[.-][^/]+",
    re.IGNORECASE,
)


def converse(_operation: Operation, world: World) -> Conversation:
    """Read the servers of the document; none of them is ever asked."""
    if world.document is None:
        return NotApplicable("the endpoint does not give the specification out")
    if not world.servers:
        return NotApplicable("the specification names no servers")
    named = [url for url in world.servers if _STAGE.search(url)]
    yield from ()
    if not named:
        return Held("no server in it sounds like a stage")
    return Vulnerable(
        message=f"the specification names {', '.join(named[:3])}",
        oracle="The host names in its list of servers are those of stages before production.",
        proof=(world.document,),
    )


PROBE = Probe(rule=RULE, converse=converse, max_requests=1, phase=Phase.READ, per_target=True)
