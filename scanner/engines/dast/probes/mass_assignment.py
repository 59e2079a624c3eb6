"""API3: a request sets properties that are the server's to decide."""

from __future__ import annotations

import json
import secrets
from collections.abc import Generator, Mapping

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Call,
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
from scanner.engines.dast.probes._caller import could_lock_out
from scanner.engines.dast.probes._favours import WORTH_HAVING, better
from scanner.engines.dast.probes._read_back import Taken, Way, way_of
from scanner.engines.dast.values import merged
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/mass-assignment"),
    engine="probes",
    stage=Stage.DAST,
    title="A request sets properties that are the server's to decide",
    severity=Severity.HIGH,
    confidence=Confidence.PROVEN,
    rationale=(
        "A caller who names a property that the form does not have makes an administrator of "
        "himself, fills his credits, or takes over what belongs to another."
    ),
    remediation=(
        "Take the declared properties only, refuse the rest, and copy one by one what a caller "
        "may change:\n\n"
        "    class ProfileChange(BaseModel):\n"
        '        model_config = ConfigDict(extra="forbid")\n'
        "        display_name: str"
    ),
    cwe=("CWE-915",),
    owasp=("API3:2023",),
    controls=("AUTHZ-2",),
    references=(
        (
            "https://owasp.org/API-Security/editions/2023/en/"
            "0xa3-broken-object-property-level-authorization/"
        ),
        "https://cwe.mitre.org/data/definitions/915.html",
    ),
)

_MAX_SHOWN = 4

Attempts = Generator[Call, Reply, list[tuple[dict[str, object], Taken]]]


def converse(operation: Operation, world: World) -> Conversation:
    """Set what the server shows but does not ask for, read it back, and set it back."""
    if operation.method not in ("POST", "PUT", "PATCH") or operation.destructive:
        return NotApplicable("it changes nothing, or may destroy")
    if world.baseline(operation) is None or world.is_admin(world.caller(operation)):
        return NotApplicable("no ordinary call succeeded")
    way = way_of(operation, world)
    if way is None:
        return NotApplicable("what it writes cannot be read back")
    before = yield from way({}, {})
    if not before.record:
        return Inconclusive("what it writes was not found again")
    known = before.record
    taken = yield from _attempts(operation, world, way, known)
    if not taken:
        return Held("no property beyond the declared ones is taken up")
    unknown = f"sg{secrets.token_hex(5)}"
    control = yield from way({unknown: unknown}, known)
    if control.record.get(unknown) == unknown:
        return Held("it keeps any property at all, so none of them means anything to it")
    names = [name for extra, _ in taken for name in extra]
    restore = {name: known[name] for name in names if name in known}
    if restore:
        yield from way(restore, known)
    changes = [
        f"{name} from {known.get(name, 'nothing')!r} to {value!r}"
        for extra, _ in taken
        for name, value in extra.items()
    ]
    return Vulnerable(
        message=f"{operation} lets the caller set {', '.join(names)}",
        oracle=(
            f"Sent although the request's schema does not have it, and read back: "
            f"{'; '.join(changes)}. A property with a random name was not taken up."
        ),
        proof=tuple(reply for _, one in taken for reply in (one.wrote, one.read)),
        controls=(before.read, control.read),
        parameter=names[0],
        marks=tuple(
            f'"{name}":{space}{json.dumps(value)}'
            for extra, _ in taken
            for name, value in extra.items()
            for space in ("", " ")
        ),
    )


def _attempts(
    operation: Operation, world: World, way: Way, known: Mapping[str, object]
) -> Attempts:
    """One write for each property that is shown, one for all that may be hidden."""
    declared = _declared(operation, world)
    other = world.other.name if world.other else "somebody-else"
    shown = [
        name
        for name in known
        if better(name, known[name], other) is not None and not could_lock_out(operation, name)
    ]
    extras: list[dict[str, object]] = [
        {name: better(name, known[name], other)} for name in shown if name not in declared
    ][:_MAX_SHOWN]
    hidden = {k: v for k, v in WORTH_HAVING.items() if k not in known and k not in declared}
    taken = []
    for extra in (*extras, hidden):
        one = yield from way(extra, known)
        kept = {k: v for k, v in extra.items() if _same(one.record.get(k), v)}
        if kept:
            taken.append((kept, one))
    return taken


def _declared(operation: Operation, world: World) -> set[str]:
    """The properties that the request may hold by its own schema."""
    body = operation.body
    schema = merged(world.resolve(body.schema), world.resolve) if body else {}
    properties = schema.get("properties")
    return {
        name
        for name, one in (properties if isinstance(properties, dict) else {}).items()
        if not world.resolve(one).get("readOnly")
    }


def _same(one: object, other: object) -> bool:
    """Equal, and `true` is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


PROBE = Probe(rule=RULE, converse=converse, max_requests=40, phase=Phase.WRITE)
