"""API3: an answer carries more than its reader is meant to have."""

from __future__ import annotations

import re

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation, Schema
from scanner.engines.dast.conversation import (
    Conversation,
    Held,
    NotApplicable,
    Phase,
    Probe,
    Reply,
    Vulnerable,
    World,
)
from scanner.engines.dast.probes._secrets import Kind, Secret, secrets_in
from scanner.engines.dast.values import Resolve, merged
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/excessive-data-exposure"),
    engine="probes",
    stage=Stage.DAST,
    title="Answers carry secrets that their reader is not meant to have",
    severity=Severity.HIGH,
    confidence=Confidence.PROVEN,
    rationale=(
        "A record that is sent out as it is stored takes password hashes, tokens towards other "
        "systems and other people's keys with it; that a page does not show them helps nobody."
    ),
    remediation=(
        "Name the properties that go out, in a response model of their own:\n\n"
        '    @router.get("/me", response_model=Profile)\n'
        "    def read_profile(...) -> Profile:\n"
        "        return Profile.of(record)"
    ),
    cwe=("CWE-213", "CWE-200"),
    owasp=("API3:2023",),
    controls=("AUTHZ-2", "SECRETS-1"),
    references=(
        (
            "https://owasp.org/API-Security/editions/2023/en/"
            "0xa3-broken-object-property-level-authorization/"
        ),
        "https://cwe.mitre.org/data/definitions/213.html",
    ),
)

_GIVES_CREDENTIALS = re.compile(
    r"log-?_?in|log-?_?on|token|oauth|auth(?:/|$|enticate)|session|regist|sign-?_?(?:up|in)|"
    r"api-?_?keys?|credential|secret|rotate|vault|password|csrf|invite|webhooks?",
    re.IGNORECASE,
)


def converse(operation: Operation, world: World) -> Conversation:
    """Look for secrets in the answer to a valid call, then find out whose they are."""
    valid = world.baseline(operation)
    if valid is None:
        return NotApplicable("no valid call succeeded")
    if _GIVES_CREDENTIALS.search(operation.path):
        return NotApplicable("giving a credential to its owner is what it is for")
    if not _foreign(valid, world):
        return Held("the answer holds nothing that looks like a secret")
    again = yield replace(valid.call, label="the same call again")
    seen = _foreign(again, world) if again.ok else []
    never = [
        one
        for one in seen
        if one.kind is Kind.NEVER and (_several(one, seen) or _undeclared(one, operation, world))
    ]
    loose = [
        one for one in seen if one.kind is Kind.SOMEBODYS and _undeclared(one, operation, world)
    ]
    if not never and not loose:
        return Held("what looks like a secret is documented to be part of the answer")
    if never:
        return (yield from _judge(operation, never, [again], world, "which no caller may see"))
    # What another caller is shown too is not this caller's own.
    name = again.call.identity
    reader = next((one for one in world.users if one.name != name), None)
    if name is None:
        return (yield from _judge(operation, loose, [again], world, "shown to everyone"))
    if reader is None:
        return Held("it may be the caller's own, and there is no second user to compare with")
    theirs = yield replace(
        valid.call, label=f"the same call as {reader.name}", identity=reader.name
    )
    values = {one.value for one in secrets_in(theirs)} if theirs.ok else set()
    common = [one for one in loose if one.value in values]
    if not common:
        return Held("each caller is shown a secret of the own, or none")
    why = f"shown to {name} and to {reader.name} alike, so that it is neither's own"
    return (yield from _judge(operation, common, [theirs, again], world, why))


def _judge(
    operation: Operation, found: list[Secret], seen: list[Reply], world: World, why: str
) -> Conversation:
    """Ask as nobody: that either differs, or makes it worse."""
    reply = seen[-1]
    nobody = yield replace(reply.call, label="the same call as nobody", identity=None)
    values = {one.value for one in found}
    public = nobody.ok and any(one.value in values for one in secrets_in(nobody))
    names = list(dict.fromkeys(one.name for one in found))
    severity = RULE.severity
    if public:
        severity = Severity.CRITICAL
    elif world.is_admin(reply.call.identity):
        severity = Severity.MEDIUM
    count = len(values)
    return Vulnerable(
        message=f"the answer of {operation} carries {', '.join(names)}",
        oracle=(
            f"The answer holds {count} secret {'value' if count == 1 else 'values'} under "
            f"{', '.join(names)}, {why}; the request did not send it. Without a credential it is "
            f"{'shown as well' if public else 'not shown'}."
        ),
        proof=(*seen, nobody) if public else tuple(seen),
        controls=() if public else (nobody,),
        parameter=names[0],
        severity=severity,
        marks=tuple(f'"{name}"' for name in names),
    )


def _foreign(reply: Reply, world: World) -> list[Secret]:
    """The secrets in an answer that the scan did not put there itself."""
    canaries = [made.canary for made in world.objects.values()]
    return [one for one in secrets_in(reply) if not any(word in one.value for word in canaries)]


def _several(secret: Secret, seen: list[Secret]) -> bool:
    """Whether a list shows the same secret property of several records: others' then, too."""
    alike = {one.value for one in seen if _shape_of(one.path) == _shape_of(secret.path)}
    return len(alike) > 1


def _shape_of(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("[]" if key.startswith("[") else key for key in path)


def _undeclared(secret: Secret, operation: Operation, world: World) -> bool:
    return not _declares(operation.response, secret.path, world.resolve)


def _declares(schema: Schema, path: tuple[str, ...], resolve: Resolve) -> bool:
    """Whether a response schema names the property at the end of `path`."""
    schema = merged(resolve(schema), resolve)
    if not path:
        return True
    head, rest = path[0], path[1:]
    if head.startswith("["):
        return _declares(schema.get("items") or {}, rest, resolve)
    properties = schema.get("properties")
    if isinstance(properties, dict) and head in properties:
        return _declares(properties[head], rest, resolve)
    return False


PROBE = Probe(rule=RULE, converse=converse, max_requests=3, phase=Phase.READ)
