"""The first look at the API: valid calls, objects of our own, and what each operation answers.

Nothing that may destroy is called here, and objects are only created where the API has a
collection to create them in.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines._endpoint.spec import Api
from scanner.engines.dast.builder import CANARY_LENGTH, Builder
from scanner.engines.dast.conversation import Call, Caller, Created, Reply, World
from scanner.engines.dast.knowledge import find_id
from scanner.model.plan import Identity, Role

_MAX_ATTEMPTS = 5


class Survey:
    """The first look; what was learnt so far is in `world()`, also when it is cut short."""

    def __init__(
        self,
        api: Api,
        prefix: str,
        identities: Iterable[Identity],
        send: Callable[[Call], Reply],
        listener: str = "",
        *,
        allow_destructive: bool = False,
    ) -> None:
        """`send` carries out a call; `listener` is where URLs in bodies may lead."""
        callers = [Caller(one.name, one.role) for one in identities]
        self._users = tuple(one for one in callers if one.role is Role.USER)
        self._admin = next((one for one in callers if one.role is Role.ADMIN), None)
        first = self._users[0] if self._users else self._admin
        self._first = first.name if first else None
        self._api = api
        self._builder = Builder(api, prefix, listener)
        self._knowledge = self._builder.knowledge
        self._send = send
        self._allow_destructive = allow_destructive
        self._objects: dict[str, Created] = {}
        self._baselines: dict[str, Reply] = {}

    def world(self) -> World:
        """What is known of the target."""
        return World(
            operations=self._api.operations,
            users=self._users,
            admin=self._admin,
            baselines=self._baselines,
            objects=self._objects,
            build=self._builder.call,
            resolve=self._api.resolve,
            servers=self._api.servers,
            allow_destructive=self._allow_destructive,
        )

    def take(self) -> None:
        """Look around, create objects of our own, then call once whatever else may be called;
        what destroys (if it is allowed at all) comes last."""
        plain = [op for op in self._api.operations if op.reads_only and not op.path_parameters]
        for operation in plain:
            self._call(operation)
        self._create()
        world = self.world()
        rest = [op for op in self._api.operations if op not in plain and op.method != "OPTIONS"]
        rest.sort(
            key=lambda op: (world.destroys(op), not op.reads_only, op.path.count("{"), op.path)
        )
        for operation in rest:
            if world.may_call(operation):
                self._call(operation)

    def _call(self, operation: Operation) -> None:
        """Call an operation once and learn from the answer."""
        reply = _valid_answer(operation, self._first, self._admin, self._builder, self._send)
        self._baselines[str(operation)] = reply
        if reply.ok and operation.method == "GET":
            self._knowledge.learn(operation, reply, self._api.operations)

    def _create(self) -> None:
        """One object in each collection that takes one and lets it be read back."""
        for operation in self._api.operations:
            if operation.method != "POST" or operation.destructive or self._first is None:
                continue
            below = children(operation.path, self._api.operations)
            if not below:
                continue
            id_name = below[0].path_parameters[-1]
            created = _create_one(self._builder, operation, self._first, id_name, self._send)
            if created is not None:
                collection = operation.path.rstrip("/")
                self._knowledge.ids[collection] = created.object_id
                self._knowledge.marks[collection] = (created.canary, created.fields)
                self._objects[collection] = created


def _valid_answer(
    operation: Operation,
    first: str | None,
    admin: Caller | None,
    builder: Builder,
    send: Callable[[Call], Reply],
) -> Reply:
    """The answer to a valid call: as the admin where a user may not, and with less in the body
    where the first attempt was not understood."""
    name = first
    reply = send(builder.call(operation, name, f"a valid call{_by(name)}"))
    if reply.refused and admin is not None and name != admin.name:
        name = admin.name
        reply = send(builder.call(operation, name, f"a valid call{_by(name)}"))
    # A 404 to a path without parameters is about something that the body names.
    misunderstood = (400, 409, 422, 500) if operation.path_parameters else (400, 404, 409, 422, 500)
    if reply.status in misunderstood and operation.body is not None:
        label = f"a smaller call{_by(name)}"
        smaller = send(builder.call(operation, name, label, minimal=True))
        return smaller if smaller.ok else reply
    return reply


def new_canary() -> str:
    """A random word that no answer holds by chance."""
    return f"sgc{secrets.token_hex((CANARY_LENGTH - 3) // 2)}"


def children(collection: str, operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """The operations on one object of a collection: `/jobs` has `GET /jobs/{id}`."""
    pattern = re.compile(re.escape(collection.rstrip("/")) + r"/\{[^{}]+\}/?")
    return tuple(one for one in operations if pattern.fullmatch(one.path))


def _create_one(
    builder: Builder,
    operation: Operation,
    owner: str,
    id_name: str,
    send: Callable[[Call], Reply],
) -> Created | None:
    """Create an object that carries a canary in as many free fields as the API accepts."""
    free = builder.free_fields(operation)
    canary = new_canary()
    # Not every text may be any text: a model's name, say, must exist. And what is optional may
    # name something that does not.
    choices = [free, *((name,) for name in free[:_MAX_ATTEMPTS]), ()]
    for minimal in (False, True):
        for fields in dict.fromkeys(choices):
            call = builder.call(
                operation,
                owner,
                f"{owner} creates an object",
                canary=canary,
                fields=fields,
                minimal=minimal,
            )
            if id_name in fields:
                # Another word, so that an answer that repeats the path does not hold the canary.
                call = replace(call, json_body={**call.json_body, id_name: new_canary()})
            reply = send(call)
            named = find_id(reply.json(), id_name) or chosen_id(call, id_name)
            object_id = named if reply.ok else None
            if object_id is not None:
                return Created(operation, owner, object_id, canary, fields, minimal, reply)
            if reply.refused or reply.status in (0, 405, 429):
                return None
            if reply.status == 404:
                break
    return None


def chosen_id(call: Call, name: str) -> str | None:
    """The id of an object that its creator names, where the answer does not repeat it."""
    sent = call.json_body.get(name) if isinstance(call.json_body, dict) else None
    return sent if isinstance(sent, str) else None


def _by(name: str | None) -> str:
    return f" as {name}" if name else " without a credential"
