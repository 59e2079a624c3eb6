"""Writes something of the scan's own and reads it back by another operation.

An answer to a write may only repeat what was sent; what a later read shows was kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from functools import partial

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import Call, Created, Reply, World
from scanner.engines.dast.knowledge import find_id
from scanner.engines.dast.survey import children, chosen_id, new_canary
from scanner.model.values import Value

_REGISTERING = re.compile(r"regist|sign-?_?up|users?/?$|accounts?/?$|members?/?$", re.IGNORECASE)
_NAMING = re.compile(r"^(?:user_?)?(?:name|id)$|login|handle|nick", re.IGNORECASE)
_MAIL = re.compile(r"mail", re.IGNORECASE)
_MAX_READERS = 4


class Taken(Value):
    """A write, the read after it, and the properties that the read shows (nothing if none)."""

    wrote: Reply
    read: Reply
    record: Mapping[str, object]


Take = Generator[Call, Reply, Taken]
Way = Callable[[dict[str, object], Mapping[str, object]], Take]
"""From extra properties, and what the record holds without them, to what was kept.

Without extra properties it shows the record as it is, or a new one without them."""


def way_of(operation: Operation, world: World) -> Way | None:
    """How to write with `operation` and read back, None if there is no way."""
    made = world.objects.get(operation.path.rstrip("/"))
    body = world.build(operation, world.caller(operation), "").json_body
    if not isinstance(body, dict):
        return None
    if operation.method == "POST" and made is not None and made.operation == operation:
        below = {one.method: one for one in children(operation.path, world.operations)}
        if "GET" in below:
            return partial(_create, world, made, below["GET"], below.get("DELETE"))
    reader = next(
        (one for one in world.operations if one.method == "GET" and one.path == operation.path),
        None,
    )
    valid = world.baseline(reader) if reader else None
    if reader is not None and valid is not None and isinstance(valid.json(), dict):
        return partial(_update, world, operation, reader)
    if operation.method == "POST" and _REGISTERING.search(operation.path):
        readers = _readers(operation, world)
        if readers and any(_NAMING.search(name) or _MAIL.search(name) for name in body):
            return partial(_register, world, operation, readers)
    return None


def _update(
    world: World,
    operation: Operation,
    reader: Operation,
    extra: dict[str, object],
    known: Mapping[str, object],
) -> Take:
    """Change a record in nothing but the extra properties."""
    name = world.caller(operation)
    wrote = None
    if extra:
        call = world.build(operation, name, f"{name} sets {_listed(extra)}")
        own = {key: known.get(key, value) for key, value in call.json_body.items()}
        wrote = yield replace(call, json_body={**own, **extra})
    read = yield world.build(reader, name, "reading it back" if extra else "the record before")
    return Taken(wrote or read, read, _record(read.json()) if read.ok else {})


def _create(
    world: World,
    made: Created,
    reader: Operation,
    remover: Operation | None,
    extra: dict[str, object],
    _known: Mapping[str, object],
) -> Take:
    """Create an object with the extra properties, read it, and remove it."""
    call = made.reply.call
    body = {**call.json_body, **dict.fromkeys(made.fields, new_canary()), **extra}
    label = f"{made.owner} creates an object with {_listed(extra)}"
    wrote = yield replace(call, label=label, json_body=body)
    name = reader.path_parameters[-1]
    object_id = (find_id(wrote.json(), name) or chosen_id(wrote.call, name)) if wrote.ok else None
    if object_id is None:
        return Taken(wrote, wrote, {})
    ids = {name: object_id}
    read = yield world.build(reader, made.owner, "reading it back", ids=ids)
    if remover is not None:
        yield world.build(remover, made.owner, "removing the scan's own object", ids=ids)
    return Taken(wrote, read, _record(read.json()) if read.ok else {})


def _register(
    world: World,
    operation: Operation,
    readers: tuple[Operation, ...],
    extra: dict[str, object],
    _known: Mapping[str, object],
) -> Take:
    """Register somebody new with the extra properties, and look for them where people are shown."""
    canary = new_canary()
    name = world.caller(operation)
    call = world.build(operation, name, f"registering with {_listed(extra)}")
    body = dict(call.json_body)
    for key, value in body.items():
        if isinstance(value, str) and (_NAMING.search(key) or _MAIL.search(key)):
            body[key] = f"{canary}@example.com" if _MAIL.search(key) else canary
    wrote = yield replace(call, json_body={**body, **extra})
    if not wrote.ok:
        return Taken(wrote, wrote, {})
    last = wrote
    record: dict[str, object] = {}
    for reader in readers:
        ids = dict.fromkeys(reader.path_parameters, canary)
        read = yield world.build(reader, world.caller(reader), "looking for it", ids=ids)
        found = _holding(read.json(), canary) if read.ok else {}
        if len(found) > len(record):
            last, record = read, found
    return Taken(wrote, last, record)


def _readers(operation: Operation, world: World) -> tuple[Operation, ...]:
    """Where somebody who registered may be shown: reads beside or below the operation."""
    parent = operation.path.rstrip("/").rsplit("/", 1)[0]
    near = [
        one
        for one in world.operations
        if one.method == "GET"
        and len(one.path_parameters) < 2
        and (one.path.startswith(f"{parent}/") or one.path.rstrip("/") == parent)
        and (parent or not one.path_parameters)
    ]
    return tuple(sorted(near, key=lambda one: len(one.path_parameters))[:_MAX_READERS])


def _record(value: object, depth: int = 0) -> dict[str, object]:
    """The properties of one record, those nearest to the top first; lists of records are left."""
    if not isinstance(value, dict) or depth > 2:
        return {}
    own = {key: one for key, one in value.items() if not isinstance(one, dict)}
    for inner in value.values():
        own = {**_record(inner, depth + 1), **own}
    return own


def _holding(value: object, canary: str) -> dict[str, object]:
    """The innermost object that holds a canary."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        if found := _holding(one, canary):
            return found
    if isinstance(value, dict) and any(isinstance(v, str) and canary in v for v in value.values()):
        return value
    return {}


def _listed(extra: dict[str, object]) -> str:
    return ", ".join(extra) or "nothing special"
