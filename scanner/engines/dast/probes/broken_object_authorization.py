"""API1: one user reads, changes or removes an object that belongs to another."""

from __future__ import annotations

import uuid

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Conversation,
    Created,
    Held,
    Inconclusive,
    NotApplicable,
    Phase,
    Probe,
    Reply,
    Vulnerable,
    World,
)
from scanner.engines.dast.probes._foreign_accounts import foreign_account, on_an_account
from scanner.engines.dast.probes._foreign_writes import foreign_delete, foreign_update
from scanner.engines.dast.survey import children
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/broken-object-authorization"),
    engine="probes",
    stage=Stage.DAST,
    title="One caller reaches another caller's object",
    severity=Severity.CRITICAL,
    confidence=Confidence.PROVEN,
    rationale=(
        "Prompts, uploads, jobs and results of one tenant are open to every other who knows or "
        "guesses an id."
    ),
    remediation=(
        "Look the object up by id and owner together, and answer the same 404 for an object of "
        "another as for one that does not exist:\n\n"
        "    job = store.get(job_id, owner=caller.id)\n"
        "    if job is None:\n"
        "        raise HTTPException(404)"
    ),
    cwe=("CWE-639",),
    owasp=("API1:2023",),
    controls=("AUTHZ-1",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa1-broken-object-level-authorization/",
        "https://cwe.mitre.org/data/definitions/639.html",
    ),
)


def converse(operation: Operation, world: World) -> Conversation:
    """As A create an object; as B read, change or delete it; compare with the controls."""
    found = _own_object(operation, world)
    if found is None and on_an_account(operation):
        return (yield from foreign_account(operation, world))
    if found is None:
        return NotApplicable("no object that the scan could create is behind it")
    if world.user is None or world.other is None:
        return NotApplicable("two ordinary users are needed")
    if operation.method == "GET":
        return (yield from _read(operation, world, found))
    if operation.method == "DELETE":
        return (yield from foreign_delete(operation, world, found))
    if operation.method in ("PUT", "PATCH"):
        return (yield from foreign_update(operation, world, found))
    return NotApplicable("only reading, changing and deleting are tried")


def _read(operation: Operation, world: World, made: Created) -> Conversation:
    owner, other = world.user, world.other
    if owner is None or other is None:
        return NotApplicable("two ordinary users are needed")
    name = operation.path_parameters[-1]
    ids = {name: made.object_id}
    own = yield world.build(operation, owner.name, f"{owner.name} reads an own object", ids=ids)
    if not own.ok or not _shows(own, made, own):
        return Inconclusive(f"the owner does not see the object again ({own.status or own.fault})")
    foreign = yield world.build(
        operation, other.name, f"{other.name} reads {owner.name}'s object", ids=ids
    )
    if not _shows(foreign, made, own):
        return Held(f"{other.name} gets {foreign.status}")
    nobody = yield world.build(operation, None, "nobody reads the same object", ids=ids)
    if _shows(nobody, made, own):
        return Held("the object is open to everyone, so it belongs to no one")
    absent = yield world.build(
        operation, other.name, "an id that does not exist", ids={name: _other_id(made.object_id)}
    )
    if _shows(absent, made, own):
        return Held("the answer does not depend on the id")
    marked = made.canary in own.text
    return Vulnerable(
        message=f"{operation} gives {other.name} an object that {owner.name} created",
        oracle=(
            f"{owner.name} created the object"
            + (f" with the random word {made.canary}" if marked else "")
            + f"; the answer to {other.name} holds {'that word' if marked else 'all of it'}, "
            "while nobody and a made-up id get none of it."
        ),
        proof=(made.reply, foreign),
        controls=(own, nobody, absent),
        parameter=name,
    )


def _shows(reply: Reply, made: Created, own: Reply) -> bool:
    """Whether an answer shows the object: its canary, or all of it where it carries none."""
    if not reply.ok:
        return False
    return made.canary in reply.text if made.canary in own.text else reply.body == own.body != b""


def _own_object(operation: Operation, world: World) -> Created | None:
    for collection, made in world.objects.items():
        if operation in children(collection, world.operations):
            return made
    return None


def _other_id(object_id: str) -> str:
    """An id of the same form that names nothing."""
    if object_id.isdigit():
        return str(int(object_id) + 900_000_007)
    try:
        return str(uuid.UUID(int=uuid.UUID(object_id).int ^ 0xFFFF_FFFF_FFFF))
    except ValueError:
        return object_id[::-1] + "0" if object_id != object_id[::-1] else f"{object_id}-none"


PROBE = Probe(rule=RULE, converse=converse, max_requests=10, phase=Phase.WRITE, own_objects=True)
