"""Makes valid calls: values from the specification, and what the API itself gave."""

from __future__ import annotations

import re
from urllib.parse import quote

from msgspec import field
from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation, Schema
from scanner.engines._endpoint.spec import Api
from scanner.engines.dast.conversation import Call
from scanner.engines.dast.knowledge import Knowledge, collection_of
from scanner.engines.dast.values import make_value, merged
from scanner.model.values import Value

CANARY_LENGTH = 19
_WORDS_FOR_PEOPLE = re.compile(
    r"label|title|note|comment|descri|caption|display|tag|remark|text|prompt|content|name",
    re.IGNORECASE,
)
_URL_FIELD = re.compile(
    r"(?:^|_)(?:url|uri|link|href|webhook|callback|endpoint)s?(?:$|_)", re.IGNORECASE
)
# The smallest PNG: one grey pixel.
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)


class Builder(Value):
    """Makes valid calls of an API.

    `prefix` is the path of the URL that the user gave; URLs in bodies lead to `listener`.
    """

    api: Api
    prefix: str = ""
    listener: str = ""
    knowledge: Knowledge = field(default_factory=Knowledge)

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
        path = operation.served_base(self.prefix) + re.sub(
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
            made = replace(made, json_body={**made.json_body, **self._present(operation, made)})
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

    def _present(self, operation: Operation, call: Call) -> dict[str, object]:
        """What the members of a change's body are at present, so that it changes nothing."""
        names = operation.path_parameters
        if names:
            collection = collection_of(operation.path, names[-1])
            canary, fields = self.knowledge.marks.get(collection, ("", ()))
            return {name: canary for name in fields if name in call.json_body}
        state = self.knowledge.states.get(operation.path, {})
        known = {**self.knowledge.caller, **state}
        return {name: known[name] for name in call.json_body if known.get(name) is not None}

    def _ids(self, operation: Operation) -> dict[str, str]:
        chosen: dict[str, str] = {}
        for parameter in operation.parameters:
            if parameter.place != "path":
                continue
            collection = collection_of(operation.path, parameter.name)
            known = self.knowledge.ids.get(collection)
            if known is None:
                known = self.knowledge.id_for_property(parameter.name)
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
        """The body with ids that exist, and URLs that lead to our own listener, so that what
        follows them works."""
        needed = merged(self.api.resolve(schema), self.api.resolve).get("required")
        needed = needed if isinstance(needed, list) else []
        kept = {k: v for k, v in value.items() if not minimal or k in needed}
        return {name: self._fitting(name, one) for name, one in kept.items()}

    def _fitting(self, name: str, value: object) -> object:
        """A value that fits what a member is called; looks into objects and lists."""
        if isinstance(value, dict):
            return {key: self._fitting(key, inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._fitting(name, inner) for inner in value]
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, str) and self.listener and _URL_FIELD.search(name):
            return f"{self.listener}/survey"
        known = self.knowledge.id_for_property(name)
        if known is None:
            return value
        if isinstance(value, str):
            return known
        return int(known) if known.isdigit() else value

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


def _takes_any_text(schema: Schema) -> bool:
    bound = schema.get("maxLength")
    long_enough = not isinstance(bound, int) or bound >= CANARY_LENGTH
    limits = ("enum", "const", "format", "pattern")
    return schema.get("type") == "string" and long_enough and not any(k in schema for k in limits)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_plain(one) for one in value)
    return str(value)
