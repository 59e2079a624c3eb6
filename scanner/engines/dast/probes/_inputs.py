"""Where a request takes text that the server may hand on: path, query, body, form and upload."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlencode

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation, Schema
from scanner.engines.dast.conversation import Call, World
from scanner.engines.dast.probes._caller import could_lock_out
from scanner.engines.dast.values import make_value, merged
from scanner.model.values import Value

Pairs = tuple[tuple[str, str], ...]

_MAX_INPUTS = 8
_MAX_DEPTH = 3
_TEXT = "servegate"
_URLENCODED = "application/x-www-form-urlencoded"


class Input(Value):
    """One place for text: its name, where it is (path, query, body, form, filename), what a valid
    call holds there, and how to make a call with something else in it."""

    name: str
    place: str
    value: str
    fill: Callable[[str], Call]

    def call(self, label: str, value: str) -> Call:
        """The valid call with `value` here; the label names the input."""
        return replace(self.fill(value), label=f"{self.name} = {label}")


def inputs(operation: Operation, world: World, *, patterned: bool = False) -> tuple[Input, ...]:
    """The places of an operation, those in the path first; a bounded number of them.

    With `patterned` also those whose text must fit a pattern.
    """
    known = world.baselines.get(str(operation))
    name = world.caller(operation)
    base = known.call if known is not None else world.build(operation, name, "valid")
    found = [
        *_in_path(operation, world, name),
        *_in_query(operation, world, base, patterned=patterned),
        *_in_body(operation, world, base, patterned=patterned),
        *_in_form(base),
        *_in_files(base),
    ]
    return tuple(found[:_MAX_INPUTS])


def _in_path(operation: Operation, world: World, name: str | None) -> Iterator[Input]:
    segments = operation.path.split("/")
    valid = world.build(operation, name, "valid").path.split("/")[-len(segments) :]
    for parameter in operation.path_parameters:

        def fill(value: str, parameter: str = parameter) -> Call:
            call: Call = world.build(operation, name, "valid", ids={parameter: value})
            return call

        segment = f"{{{parameter}}}"
        if segment in segments:
            yield Input(parameter, "path", valid[segments.index(segment)], fill)


def _in_query(
    operation: Operation, world: World, base: Call, *, patterned: bool
) -> Iterator[Input]:
    for parameter in operation.parameters:
        schema = merged(world.resolve(parameter.schema), world.resolve)
        if parameter.place != "query" or not _takes_text(schema, "query", patterned=patterned):
            continue
        held = dict(base.query).get(parameter.name)
        made = parameter.example or make_value(schema, world.resolve)
        kept = tuple(pair for pair in base.query if pair[0] != parameter.name)

        def fill(value: str, kept: Pairs = kept, name: str = parameter.name) -> Call:
            return replace(base, query=(*kept, (name, value)))

        yield Input(parameter.name, "query", str(made) if held is None else held, fill)


def _in_body(operation: Operation, world: World, base: Call, *, patterned: bool) -> Iterator[Input]:
    if operation.body is None or not isinstance(base.json_body, (dict, list)):
        return
    for steps, value in _texts(operation.body.schema, base.json_body, world, patterned=patterned):
        # A pattern refuses what is no address or name, so that nothing is changed by it.
        if not patterned and steps and could_lock_out(operation, str(steps[-1])):
            continue

        def fill(text: str, steps: tuple[str | int, ...] = steps) -> Call:
            return replace(base, json_body=_with(base.json_body, steps, text))

        yield Input(_shown(steps), "body", value, fill)


def _texts(
    schema: Schema,
    value: object,
    world: World,
    steps: tuple[str | int, ...] = (),
    *,
    patterned: bool,
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The texts in a body by the way to them, and those that the schema would let in."""
    schema = merged(world.resolve(schema), world.resolve)
    if isinstance(value, str):
        if _takes_text(schema, "body", patterned=patterned):
            yield steps, value
    elif len(steps) > _MAX_DEPTH:
        return
    elif isinstance(value, list):
        if value:
            yield from _texts(
                schema.get("items") or {}, value[0], world, (*steps, 0), patterned=patterned
            )
    elif isinstance(value, dict):
        raw = schema.get("properties")
        properties = raw if isinstance(raw, dict) else {}
        for name, inner in value.items():
            yield from _texts(
                properties.get(name) or {}, inner, world, (*steps, name), patterned=patterned
            )
        for name in properties:
            described = merged(world.resolve(properties[name]), world.resolve)
            optional = not steps and name not in value and described.get("type") == "string"
            if optional and _takes_text(described, "body", patterned=patterned):
                yield (name,), str(make_value(described, world.resolve))


def _in_form(base: Call) -> Iterator[Input]:
    if base.media_type != _URLENCODED or base.raw_body is None:
        return
    pairs = parse_qsl(base.raw_body.decode("utf-8", "replace"), keep_blank_values=True)
    for place, (name, held) in enumerate(pairs):

        def fill(value: str, place: int = place, name: str = name) -> Call:
            changed = [*pairs[:place], (name, value), *pairs[place + 1 :]]
            return replace(base, raw_body=urlencode(changed).encode())

        yield Input(name, "form", held, fill)


def _in_files(base: Call) -> Iterator[Input]:
    for place, (name, filename, data) in enumerate(base.files):

        def fill(
            value: str, place: int = place, name: str = name, content: bytes | None = None
        ) -> Call:
            made = (name, "", value.encode()) if content is None else (name, value, content)
            return replace(base, files=(*base.files[:place], made, *base.files[place + 1 :]))

        if filename:

            def named(value: str, data: bytes = data, fill: Callable[..., Call] = fill) -> Call:
                return fill(value, content=data)

            yield Input(name, "filename", filename, named)
        else:
            yield Input(name, "form", data.decode("utf-8", "replace"), fill)


def _takes_text(schema: Schema, place: str, *, patterned: bool) -> bool:
    """Whether any text may stand here; in a query a number is text to whoever reads it."""
    kinds = schema.get("type", "string")
    wanted = {"string"} | ({"integer", "number"} if place == "query" else set())
    if not wanted & set(kinds if isinstance(kinds, list) else [kinds]):
        return False
    limits = ("enum", "const") if patterned else ("enum", "const", "pattern")
    bound = schema.get("maxLength")
    short = isinstance(bound, int) and bound < len(_TEXT)
    fixed = schema.get("format") in ("binary", "byte", "date", "date-time", "uuid")
    return not short and not fixed and not any(key in schema for key in limits)


def _with(value: object, steps: tuple[str | int, ...], text: str) -> object:
    if not steps:
        return text
    head, rest = steps[0], steps[1:]
    if isinstance(value, list) and isinstance(head, int):
        return [*value[:head], _with(value[head], rest, text), *value[head + 1 :]]
    held = value if isinstance(value, dict) else {}
    return {**held, head: _with(held.get(head), rest, text)}


def _shown(steps: tuple[str | int, ...]) -> str:
    shown = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in steps)
    return shown.removeprefix(".")
