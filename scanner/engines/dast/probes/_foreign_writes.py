"""One user changes or removes what belongs to another; what counts is what the owner sees then."""

from __future__ import annotations

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Call,
    Conversation,
    Created,
    Held,
    Inconclusive,
    NotApplicable,
    Vulnerable,
    World,
)
from scanner.engines.dast.knowledge import find_id
from scanner.engines.dast.survey import chosen_id, new_canary


def foreign_delete(operation: Operation, world: World, made: Created) -> Conversation:
    """As A make an object to lose, as B delete it, as A look whether it is gone."""
    owner, other = world.user, world.other
    reader = _reader(operation, world)
    if reader is None or owner is None or other is None:
        return NotApplicable("there is no way to see whether the object is still there")
    name = operation.path_parameters[-1]
    canary = new_canary()
    fresh = yield world.build(
        made.operation,
        owner.name,
        f"{owner.name} creates an object to lose",
        canary=canary,
        fields=made.fields,
        minimal=made.minimal,
    )
    object_id = (find_id(fresh.json(), name) or chosen_id(fresh.call, name)) if fresh.ok else None
    if object_id is None:
        return Inconclusive(f"no second object could be created ({fresh.status or fresh.fault})")
    ids = {name: object_id}
    before = yield world.build(reader, owner.name, f"{owner.name} sees it", ids=ids)
    if not before.ok or canary not in before.text:
        return Inconclusive("the owner does not see the object")
    attempt = yield world.build(
        operation, other.name, f"{other.name} deletes {owner.name}'s object", ids=ids
    )
    after = yield world.build(reader, owner.name, f"{owner.name} looks again", ids=ids)
    if after.ok and canary in after.text:
        yield world.build(operation, owner.name, "removing the scan's own object", ids=ids)
        return Held(f"{other.name} gets {attempt.status} and the object is still there")
    if after.status not in (404, 410) or not attempt.ok:
        return Inconclusive(f"the owner then gets {after.status or after.fault}")
    bystander = yield world.build(
        reader, owner.name, f"{owner.name}'s object that was left alone", ids={name: made.object_id}
    )
    if not bystander.ok:
        return Inconclusive("other objects were gone as well")
    return Vulnerable(
        message=f"{operation} lets {other.name} delete an object that {owner.name} created",
        oracle=(
            f"{owner.name} saw the object before, {other.name}'s DELETE gave {attempt.status}, and "
            f"then {owner.name} got {after.status}: it is gone, and one that was left alone is not."
        ),
        proof=(fresh, after, attempt),
        controls=(before, bystander),
        parameter=name,
    )


def foreign_update(operation: Operation, world: World, made: Created) -> Conversation:
    """As B write a random word into A's object, as A look whether it is there."""
    owner, other = world.user, world.other
    reader = _reader(operation, world)
    if reader is None or owner is None or other is None:
        return NotApplicable("there is no way to see whether the object was changed")
    name = operation.path_parameters[-1]
    ids = {name: made.object_id}
    canary = new_canary()
    label = f"{other.name} changes {owner.name}'s object"
    call = _with_word(world.build(operation, other.name, label, ids=ids), made, canary)
    if call is None:
        return NotApplicable("it takes no text that could be recognised")
    before = yield world.build(reader, owner.name, f"{owner.name} sees it", ids=ids)
    if not before.ok:
        return Inconclusive(f"the owner does not see the object ({before.status or before.fault})")
    attempt = yield call
    after = yield world.build(reader, owner.name, f"{owner.name} looks again", ids=ids)
    if not after.ok or canary not in after.text:
        return Held(f"{other.name} gets {attempt.status} and the object is as it was")
    nobody = yield world.build(reader, other.name, "an id that does not exist", ids={name: canary})
    if nobody.ok and canary in nobody.text:
        return Held("the answer repeats whatever was sent last")
    restored = _with_word(
        world.build(operation, owner.name, f"{owner.name} sets it back", ids=ids), made, made.canary
    )
    if restored is not None:
        yield restored
    return Vulnerable(
        message=f"{operation} lets {other.name} change an object that {owner.name} created",
        oracle=(
            f"{other.name} sent the random word {canary} and got {attempt.status}; then "
            f"{owner.name} read it in the own object, where it was not before."
        ),
        proof=(after, attempt),
        controls=(before, nobody),
        parameter=name,
    )


def _with_word(call: Call, made: Created, word: str) -> Call | None:
    """The call with a word in the members that took the canary when the object was created."""
    body = call.json_body
    if not isinstance(body, dict):
        return None
    fields = [key for key in made.fields if key in body]
    return replace(call, json_body={**body, **dict.fromkeys(fields, word)}) if fields else None


def _reader(operation: Operation, world: World) -> Operation | None:
    return next(
        (one for one in world.operations if one.method == "GET" and one.path == operation.path),
        None,
    )
