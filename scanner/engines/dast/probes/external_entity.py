"""Injection: an XML document of a caller makes the server fetch what it names."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

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
from scanner.engines.dast.listener import word_of
from scanner.engines.dast.values import merged
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/external-entity"),
    engine="probes",
    stage=Stage.DAST,
    title="XML of a caller makes the server fetch what it names",
    severity=Severity.HIGH,
    confidence=Confidence.PROVEN,
    rationale=(
        "An entity can name a file of the server or an address behind it; its content is then "
        "part of the document, and often of the answer."
    ),
    remediation=(
        "Refuse documents with a DOCTYPE, with a parser that does so by itself:\n\n"
        "    from defusedxml.ElementTree import fromstring\n"
        "    root = fromstring(body, forbid_dtd=True)"
    ),
    cwe=("CWE-611",),
    owasp=("LLM05:2025",),
    controls=("INPUT-1", "SSRF-1"),
    references=(
        "https://cwe.mitre.org/data/definitions/611.html",
        (
            "https://cheatsheetseries.owasp.org/cheatsheets/"
            "XML_External_Entity_Prevention_Cheat_Sheet.html"
        ),
    ),
)


def converse(operation: Operation, world: World) -> Conversation:
    """Name our own listener as an entity; as a plain text it must not be fetched."""
    if operation.destructive or not world.listener or operation.body is None:
        return NotApplicable("not called, or without a body")
    if "xml" not in operation.body.media_type:
        return NotApplicable("it takes no XML")
    name = world.caller(operation)
    base = replace(
        world.build(operation, name, "XML"), json_body=None, media_type=operation.body.media_type
    )
    sent: list[tuple[str, Reply]] = []
    for what, template in _documents(operation, world):
        nonce = secrets.token_hex(8)
        body = template.format(url=f"{world.listener}/{nonce}")
        reply = yield replace(base, label=what, raw_body=body.encode())
        sent.append((nonce, reply))
        if world.heard(nonce):
            break
    unheard = secrets.token_hex(8)
    text = _document(operation, world, f"{world.listener}/{unheard}")
    control = yield replace(base, label="the URL as a text", raw_body=text.encode())
    heard = next(((nonce, reply) for nonce, reply in sent if world.heard(nonce)), None)
    if heard is None:
        if all(reply.status == 0 for _, reply in sent):
            return Inconclusive(sent[-1][1].fault)
        return Held("our listener was not called")
    if world.heard(unheard):
        return Inconclusive("it fetches URLs wherever they stand")
    nonce, reply = heard
    read = word_of(nonce) in reply.text
    return Vulnerable(
        message=(
            f"{operation} fetches the entities that its XML names"
            + (" and shows what it finds there" if read else "")
        ),
        oracle=(
            f"A request with the random word {nonce} came to our listener, which an entity in the "
            "body named; the same address as a text brought no request."
        ),
        proof=(reply,),
        controls=(control,),
        parameter="body",
        severity=Severity.CRITICAL if read else Severity.HIGH,
        marks=(word_of(nonce),),
    )


def _documents(operation: Operation, world: World) -> Iterator[tuple[str, str]]:
    plain = _document(operation, world, "&sg;").removeprefix(_HEAD)
    yield "an entity in a text", f'{_HEAD}<!DOCTYPE r [<!ENTITY sg SYSTEM "{{url}}">]>{plain}'
    plain = _document(operation, world, "x").removeprefix(_HEAD)
    yield (
        "an entity of the document type",
        f'{_HEAD}<!DOCTYPE r [<!ENTITY % sg SYSTEM "{{url}}"> %sg;]>{plain}',
    )


_HEAD = '<?xml version="1.0" encoding="utf-8"?>'


def _document(operation: Operation, world: World, text: str) -> str:
    """A document of the schema's form with `text` in each element."""
    schema = merged(world.resolve(operation.body.schema if operation.body else {}), world.resolve)
    described = schema.get("xml")
    root = described.get("name", "root") if isinstance(described, dict) else "root"
    properties = schema.get("properties")
    names = list(properties) if isinstance(properties, dict) else []
    inner = "".join(f"<{name}>{text}</{name}>" for name in names) or text
    return f"{_HEAD}<{root}>{inner}</{root}>"


PROBE = Probe(rule=RULE, converse=converse, max_requests=4, phase=Phase.WRITE)
