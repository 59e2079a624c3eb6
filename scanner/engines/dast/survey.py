"""The first look at the API: valid calls, objects of our own, and what each operation answers.

Nothing that may destroy is called here, and objects are only created where the API has a
collection to create them in.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from scanner.engines._endpoint.operation import Operation, Schema
from scanner.engines._endpoint.spec import Api
from scanner.engines.dast.conversation import Call, Caller, Created, Reply, World
from scanner.engines.dast.values import make_value, merged
from scanner.model.plan import Identity, Role

_MAX_ATTEMPTS = 5
_WORDS_FOR_PEOPLE = re.compile(
    r"label|title|note|comment|descri|caption|display|tag|remark|text|prompt|content|name",
    re.IGNORECASE,
)
_URL_FIELD = re.compile(
    r"(?:^|_)(?:url|uri|link|href|webhook|callback|endpoint)s?(?:$|_)", re.IGNORECASE
)
_ID_KEYS = ("id", "uuid", "name", "key", "slug")
_LIST_KEYS = ("data", "items", "results", "models", "jobs", "objects")
_CANARY_LENGTH = 19
# The smallest PNG: one grey pixel.
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)


@dataclass(frozen=True, slots=True)
class Builder:
    """Makes valid calls: values from the specification, ids from what the API itself gave.

    `known` holds an id for each collection; `marks` the canary of the scan's own object there and
    the members that carry it, so that a valid change leaves it in place.
    """

    api: Api
    prefix: str
    known: dict[str, str]
    listener: str = ""
    marks: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    def call(
        self,
        operation: Operation,
        identity: str | None,
        label: str,
        *,
        ids: dict[str, str] | None = None,
        canary: str = "",
        fields: tuple[str, ...] = (),
        minimal: bool = False,
    ) -> Call:
        """A call of `operation` as `identity`.

        `ids` overrides path parameters by name; `canary` is put into these `fields` of the body.
        With `minimal` the body holds only what is required.
        """
        chosen = {**self._ids(operation), **(ids or {})}
        path = self._base(operation) + re.sub(
            r"\{([^{}]+)\}",
            lambda match: quote(chosen.get(match[1], "1"), safe=""),
            operation.path,
        )
        call = Call(
            label=label,
            method=operation.method,
            path=path,
            identity=identity,
            query=self._plain_parameters(operation, "query"),
            headers=self._plain_parameters(operation, "header"),
        )
        made = self._with_body(call, operation, minimal=minimal)
        if operation.method in ("PUT", "PATCH") and isinstance(made.json_body, dict):
            made = replace(made, json_body={**made.json_body, **self._mark(operation, made)})
        if canary and isinstance(made.json_body, dict):
            return replace(made, json_body={**made.json_body, **dict.fromkeys(fields, canary)})
        return made

    def free_fields(self, operation: Operation) -> tuple[str, ...]:
        """Members of the body that take any text, those made for people's words first."""
        if operation.body is None or "json" not in operation.body.media_type:
            return ()
        schema = merged(self.api.resolve(operation.body.schema), self.api.resolve)
        properties = schema.get("properties")
        free = [
            name
            for name, raw in (properties if isinstance(properties, dict) else {}).items()
            if _takes_any_text(merged(self.api.resolve(raw), self.api.resolve))
        ]
        return tuple(sorted(free, key=lambda name: not _WORDS_FOR_PEOPLE.search(name)))

    def _mark(self, operation: Operation, call: Call) -> dict[str, str]:
        """The canary in the members of a change's body that carry it."""
        names = operation.path_parameters
        collection = _collection(operation.path, names[-1]) if names else ""
        canary, fields = self.marks.get(collection, ("", ()))
        return {name: canary for name in fields if name in call.json_body}

    def _base(self, operation: Operation) -> str:
        """The documented prefix, after the path of the URL that the user gave, each once."""
        if self.prefix and not f"{operation.base}/".startswith(f"{self.prefix}/"):
            return self.prefix + operation.base
        return operation.base

    def _ids(self, operation: Operation) -> dict[str, str]:
        chosen: dict[str, str] = {}
        for parameter in operation.parameters:
            if parameter.place != "path":
                continue
            known = self.known.get(_collection(operation.path, parameter.name))
            made = parameter.example or make_value(parameter.schema, self.api.resolve)
            chosen[parameter.name] = known if known is not None else str(made)
        return chosen

    def _plain_parameters(self, operation: Operation, place: str) -> tuple[tuple[str, str], ...]:
        made = []
        for parameter in operation.parameters:
            if parameter.place != place or not parameter.required:
                continue
            value = parameter.example or make_value(parameter.schema, self.api.resolve)
            made.append((parameter.name, _plain(value)))
        return tuple(made)

    def _with_body(self, call: Call, operation: Operation, *, minimal: bool) -> Call:
        body = operation.body
        if body is None:
            return call
        value = None if minimal else body.example
        if value is None:
            value = make_value(body.schema, self.api.resolve)
        if isinstance(value, dict):
            value = self._adapted(value, body.schema, minimal=minimal)
        if body.media_type == "multipart/form-data":
            return self._multipart(call, body.schema, value)
        if body.media_type == "application/x-www-form-urlencoded" and isinstance(value, dict):
            form = "&".join(f"{quote(k)}={quote(_plain(v))}" for k, v in value.items())
            return replace(call, raw_body=form.encode(), media_type=body.media_type)
        if "json" in body.media_type or body.media_type in ("*/*", ""):
            return replace(call, json_body=value)
        return replace(call, raw_body=_plain(value).encode(), media_type=body.media_type)

    def _adapted(
        self, value: dict[str, object], schema: Schema, *, minimal: bool
    ) -> dict[str, object]:
        """The body with URLs that lead to our own listener, so that what follows them works."""
        needed = merged(self.api.resolve(schema), self.api.resolve).get("required")
        needed = needed if isinstance(needed, list) else []
        kept = {k: v for k, v in value.items() if not minimal or k in needed}
        if not self.listener:
            return kept
        return {
            name: f"{self.listener}/survey"
            if isinstance(one, str) and _URL_FIELD.search(name)
            else one
            for name, one in kept.items()
        }

    def _multipart(self, call: Call, schema: dict[str, object], value: object) -> Call:
        raw = self.api.resolve(schema).get("properties")
        properties = raw if isinstance(raw, dict) else {}
        files = []
        for name, made in (value if isinstance(value, dict) else {}).items():
            one = self.api.resolve(properties.get(name))
            if one.get("format") == "binary" or one.get("type") == "file":
                files.append((name, "probe.png", _PNG))
            else:
                files.append((name, "", _plain(made).encode()))
        return replace(call, files=tuple(files))


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
        self._builder = Builder(api, prefix, known={}, listener=listener)
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
            allow_destructive=self._allow_destructive,
        )

    def take(self) -> None:
        """Create objects of our own, then call once what may be called; reading comes first,
        what destroys (if it is allowed at all) last."""
        self._create()
        world = self.world()
        ordered = sorted(
            self._api.operations,
            key=lambda op: (world.destroys(op), not op.reads_only, op.path.count("{"), op.path),
        )
        for operation in ordered:
            if operation.method == "OPTIONS" or not world.may_call(operation):
                continue
            reply = _valid_answer(operation, self._first, self._admin, self._builder, self._send)
            self._baselines[str(operation)] = reply
            if reply.ok and operation.method == "GET":
                _learn_ids(operation, reply, self._api, self._builder)

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
                self._builder.known[collection] = created.object_id
                self._builder.marks[collection] = (created.canary, created.fields)
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
    if reply.status in (400, 409, 422, 500) and operation.body is not None:
        label = f"a smaller call{_by(name)}"
        smaller = send(builder.call(operation, name, label, minimal=True))
        return smaller if smaller.ok else reply
    return reply


def new_canary() -> str:
    """A random word that no answer holds by chance."""
    return f"sgc{secrets.token_hex((_CANARY_LENGTH - 3) // 2)}"


def find_id(value: object, parameter: str) -> str | None:
    """The id of a created object in an answer, by the name of the path parameter that takes it."""
    if isinstance(value, dict):
        for key in (parameter, *_ID_KEYS):
            found = value.get(key)
            if isinstance(found, (str, int)) and not isinstance(found, bool):
                return str(found)
        for inner in value.values():
            if isinstance(inner, dict) and (deeper := find_id(inner, parameter)):
                return deeper
    return None


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
    # Not every text may be any text: a model's name, say, must exist.
    for fields in dict.fromkeys([free, *((name,) for name in free[:_MAX_ATTEMPTS]), ()]):
        label = f"{owner} creates an object"
        call = builder.call(operation, owner, label, canary=canary, fields=fields)
        if id_name in fields:
            # Another word, so that an answer that repeats the path does not hold the canary.
            call = replace(call, json_body={**call.json_body, id_name: new_canary()})
        reply = send(call)
        named = find_id(reply.json(), id_name) or chosen_id(call, id_name)
        object_id = named if reply.ok else None
        if object_id is not None:
            return Created(operation, owner, object_id, canary, fields, reply)
        if reply.refused or reply.status in (0, 404, 405, 429):
            return None
    return None


def chosen_id(call: Call, name: str) -> str | None:
    """The id of an object that its creator names, where the answer does not repeat it."""
    sent = call.json_body.get(name) if isinstance(call.json_body, dict) else None
    return sent if isinstance(sent, str) else None


def _learn_ids(operation: Operation, reply: Reply, api: Api, builder: Builder) -> None:
    """Take an id from a listing for the operations on one of its members."""
    collection = operation.path.rstrip("/")
    below = [one for one in api.operations if one.path.startswith(f"{collection}/{{")]
    if not below or collection in builder.known:
        return
    parameter = re.findall(r"\{([^{}]+)\}", below[0].path[len(collection) :])[0]
    value = reply.json()
    if isinstance(value, dict):
        value = next((value[key] for key in _LIST_KEYS if isinstance(value.get(key), list)), value)
    if isinstance(value, list) and value:
        first = value[0]
        found = str(first) if isinstance(first, (str, int)) else find_id(first, parameter)
        if found:
            builder.known[collection] = found


def _collection(path: str, parameter: str) -> str:
    return path.split(f"/{{{parameter}}}", 1)[0]


def _takes_any_text(schema: Schema) -> bool:
    bound = schema.get("maxLength")
    long_enough = not isinstance(bound, int) or bound >= _CANARY_LENGTH
    limits = ("enum", "const", "format", "pattern")
    return schema.get("type") == "string" and long_enough and not any(k in schema for k in limits)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_plain(one) for one in value)
    return str(value)


def _by(name: str | None) -> str:
    return f" as {name}" if name else " without a credential"
