"""API4: a small compressed body makes the server unpack a large one."""

from __future__ import annotations

import gzip
import json

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
    Vulnerable,
    World,
)
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/unbounded-decompression"),
    engine="probes",
    stage=Stage.DAST,
    title="A compressed body is unpacked whatever its size",
    severity=Severity.MEDIUM,
    confidence=Confidence.PROVEN,
    rationale=(
        "A thousandth of the bytes is enough to fill the memory of the process that holds the "
        "model; limits at the gateway count the bytes as they are sent."
    ),
    remediation=(
        "Refuse `Content-Encoding` in requests, or unpack in steps and stop at the size that a "
        "body may have:\n\n"
        "    unpacked = zlib.decompressobj(31).decompress(data, max_length=LIMIT)"
    ),
    cwe=("CWE-409",),
    owasp=("API4:2023",),
    controls=("SIZE-1",),
    references=(
        "https://cwe.mitre.org/data/definitions/409.html",
        "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",
    ),
)

_UNPACKED = 16 * 1024 * 1024


def converse(operation: Operation, world: World) -> Conversation:
    """A packed body, a packed body with much white space, and one that is not packed at all."""
    valid = world.baseline(operation)
    if valid is None or valid.call.json_body is None:
        return NotApplicable("no call with a JSON body succeeded")
    if world.destroys(operation) or operation.method != "POST":
        return NotApplicable("it is not sent large bodies")
    body = json.dumps(valid.call.json_body).encode()
    small = yield _packed(valid.call, "the same body, packed", gzip.compress(body))
    if small.status == 0:
        return Inconclusive(small.fault)
    if not small.ok:
        return Held(f"packed bodies are not taken ({small.status})")
    untrue = yield _packed(valid.call, "a body that is not packed but says so", body)
    if untrue.ok:
        return Held("it does not unpack: what says that it is packed is read as it stands")
    large = gzip.compress(body + b" " * _UNPACKED)
    reply = yield _packed(valid.call, f"{_UNPACKED >> 20} MiB in {len(large) >> 10} KiB", large)
    if not reply.ok:
        return Held(f"a body that unpacks to {_UNPACKED >> 20} MiB gives {reply.status}")
    return Vulnerable(
        message=f"{operation} unpacks {_UNPACKED >> 20} MiB out of {len(large) >> 10} KiB",
        oracle=(
            f"A body of {len(large) >> 10} KiB that unpacks to {_UNPACKED >> 20} MiB of the usual "
            f"JSON and white space got {reply.status}, as the small one did; a body that only says "
            f"it is packed got {untrue.status}, so it really is unpacked."
        ),
        proof=(small, reply),
        controls=(untrue,),
    )


def _packed(call: Call, label: str, body: bytes) -> Call:
    return replace(
        call,
        label=label,
        json_body=None,
        raw_body=body,
        media_type="application/json",
        headers=(*call.headers, ("Content-Encoding", "gzip")),
    )


PROBE = Probe(rule=RULE, converse=converse, max_requests=3, phase=Phase.EXHAUST)
