"""API4: a single request may be as large as its sender likes, and is worked on all the same."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation, Schema
from scanner.engines.dast.conversation import (
    Call,
    Conversation,
    Held,
    NotApplicable,
    Phase,
    Probe,
    Reply,
    Vulnerable,
    World,
)
from scanner.engines.dast.values import merged
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.model.values import Value

RULE = Rule(
    id=RuleId("dast/missing-size-limit"),
    engine="probes",
    stage=Stage.DAST,
    title="One request may be as large as its sender likes",
    severity=Severity.MEDIUM,
    confidence=Confidence.PROVEN,
    rationale=(
        "A limit on the number of requests is worth little where one of them asks for as much as "
        "a thousand: a batch without end, a page of all records, a text of megabytes."
    ),
    remediation=(
        "Bound every length and number in the request's schema, and the whole body before it is "
        "read:\n\n"
        "    class Batch(BaseModel):\n"
        "        inputs: list[Annotated[str, Field(max_length=10_000)]] = Field(max_length=64)"
    ),
    cwe=("CWE-770", "CWE-674"),
    owasp=("API4:2023",),
    controls=("SIZE-1",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",
        "https://cwe.mitre.org/data/definitions/770.html",
    ),
)

_AMOUNT = re.compile(
    r"^(?:n|k|top_?k|limit|size|count|num(?:ber)?(?:_\w+)?|per_?page|page_?size|max_?results|best_of)$",
    re.IGNORECASE,
)
_MANY = 3_000
_MAX_BATCH_BYTES = 2_000_000
_TEXTS = (400_000, 4_000_000)
_SLOW = 0.5
_ROUNDS = 4
_MAX_LEVELS = 6
# Deep enough for what recurses; what overflows a stack for good needs more.
_DEPTH = 5_000
_SHALLOW = 3
_REFUSED = (0, 401, 403, 429)

Tested = Generator[Call, Reply, Vulnerable | None]


class _Amount(Value):
    """A way to ask for an amount of something: `documented` is the limit that is told, if any."""

    name: str
    few: Call
    many: Call
    wanted: int
    documented: int | None
    sent: object = None


def converse(operation: Operation, world: World) -> Conversation:
    """Ask for thousands, send megabytes, nest deeply; what counts is what is done with it."""
    valid = world.baseline(operation)
    if valid is None or operation.destructive:
        return NotApplicable("no valid call succeeded")
    amounts = [*_batches(operation, valid.call, world), *_numbers(operation, valid.call, world)]
    text = _longest_text(valid.call)
    if not amounts and text is None:
        return NotApplicable("it takes nothing that could be large")
    for amount in amounts:
        found = yield from _many(operation, amount, valid)
        if found is not None:
            return found
    if text is not None:
        for tried in (_long_text(operation, text, valid), _nested(operation, text, valid)):
            found = yield from tried
            if found is not None:
                return found
    return Held("large requests are refused, cut or cheap")


def _batches(operation: Operation, base: Call, world: World) -> Iterator[_Amount]:
    """Lists in the body, made long with what a valid call has in them."""
    body = base.json_body
    properties = _properties(operation, world)
    for name, value in body.items() if isinstance(body, dict) else ():
        if not isinstance(value, list) or not value or isinstance(value[0], (int, float)):
            continue
        told = merged(world.resolve(properties.get(name)), world.resolve).get("maxItems")
        documented = told if isinstance(told, int) else None
        room = _MAX_BATCH_BYTES // max(1, len(json.dumps(value[0])) + 2)
        wanted = min(max(_MANY, 10 * (documented or 0)), room)
        few, many = [value[0]] * 2, [value[0]] * wanted
        yield _Amount(
            name,
            replace(base, label=f"two of {name}", json_body={**body, name: few}),
            replace(base, label=f"{wanted} of {name}", json_body={**body, name: many}),
            wanted,
            documented,
            many,
        )


def _numbers(operation: Operation, base: Call, world: World) -> Iterator[_Amount]:
    """Numbers, in the query or the body, that say how much is wanted."""
    for parameter in operation.parameters:
        if parameter.place == "query" and _AMOUNT.search(parameter.name):
            kept = tuple(pair for pair in base.query if pair[0] != parameter.name)
            documented, wanted = _wanted(parameter.schema, world)
            few, many = (
                replace(
                    base, label=f"{parameter.name} = {n}", query=(*kept, (parameter.name, str(n)))
                )
                for n in (2, wanted)
            )
            yield _Amount(parameter.name, few, many, wanted, documented)
    for name, schema in _properties(operation, world).items():
        if _AMOUNT.search(name) and isinstance(base.json_body, dict):
            documented, wanted = _wanted(schema, world)
            few, many = (
                replace(base, label=f"{name} = {n}", json_body={**base.json_body, name: n})
                for n in (2, wanted)
            )
            yield _Amount(name, few, many, wanted, documented)


def _wanted(schema: Schema, world: World) -> tuple[int | None, int]:
    told = merged(world.resolve(schema), world.resolve).get("maximum")
    documented = int(told) if isinstance(told, (int, float)) and 0 < told < 1e6 else None
    return documented, max(_MANY, 10 * (documented or 0))


def _properties(operation: Operation, world: World) -> Schema:
    if operation.body is None:
        return {}
    schema = merged(world.resolve(operation.body.schema), world.resolve)
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


def _many(operation: Operation, amount: _Amount, valid: Reply) -> Tested:
    """As many results as were asked for; with two asked for, two."""
    many = yield amount.many
    if not many.ok or not _holds(many, amount.wanted, amount.sent):
        return None
    few = yield amount.few
    if not few.ok or not _holds(few, 2):
        return None
    alive = yield replace(valid.call, label="a valid call afterwards")
    told = f", where {amount.documented} is documented as the most" if amount.documented else ""
    return Vulnerable(
        message=f"{operation} works on as much as {amount.name} asks for: {amount.wanted:,}{told}",
        oracle=(
            f"{amount.wanted:,} in {amount.name} gave as many results in {many.seconds:.2f} s, two "
            f"gave two in {few.seconds:.2f} s{told}."
        ),
        proof=(many,),
        controls=(few, alive),
        parameter=amount.name,
        confidence=Confidence.PROVEN if amount.documented else Confidence.FIRM,
    )


def _holds(reply: Reply, count: int, sent: object = None) -> bool:
    """Whether an answer holds a list of so many results, and not what was sent."""
    value = reply.json()
    if value is None and reply.fault:
        # Cut for its size, which is an answer too.
        return reply.body.count(b"},") >= count // 2
    return any(len(one) == count and one != sent for one in _lists(value))


def _lists(value: object, depth: int = 0) -> Iterator[list[object]]:
    """The lists in a value that are not within a list themselves."""
    if isinstance(value, list):
        yield value
    inner = value.values() if isinstance(value, dict) else ()
    for one in inner if depth < _MAX_LEVELS else ():
        yield from _lists(one, depth + 1)


def _longest_text(base: Call) -> str | None:
    """The member of the body that holds the longest text: what the operation is about."""
    body = base.json_body
    texts = [k for k, v in body.items() if isinstance(v, str)] if isinstance(body, dict) else []
    return max(texts, key=lambda name: len(body[name]), default=None)


def _long_text(operation: Operation, name: str, valid: Reply) -> Tested:
    """Ten times the text takes five times as long or more, which reading it alone does not."""

    def call(size: int) -> Call:
        text = ("servegate " * (size // 10 + 1))[:size]
        body = {**valid.call.json_body, name: text}
        return replace(valid.call, label=f"{size:,} characters in {name}", json_body=body)

    small: list[Reply] = []
    large: list[Reply] = []
    low = high = 0.0
    for _ in range(_ROUNDS):
        for size, seen in zip(_TEXTS, (small, large), strict=True):
            reply = yield call(size)
            if not reply.ok:
                return None
            seen.append(reply)
        low, high = min(one.seconds for one in large), max(one.seconds for one in small)
        if low < _SLOW or low < 5 * high:
            return None
    alive = yield replace(valid.call, label="a valid call afterwards")
    return Vulnerable(
        message=f"{operation} works on a text of any length in {name}",
        oracle=(
            f"{_TEXTS[1]:,} characters in {name} were worked on for {low:.2f} s or more, {_ROUNDS} "
            f"times; {_TEXTS[0]:,} took {high:.2f} s or less, the valid call {alive.seconds:.3f} s."
        ),
        proof=(large[0], large[-1]),
        controls=(small[-1], alive),
        parameter=name,
    )


def _nested(operation: Operation, name: str, valid: Reply) -> Tested:
    """Deep nesting takes long or ends the connection, which shallow nesting does not."""

    def call(depth: int) -> Call:
        text = json.dumps({**valid.call.json_body, name: 0})
        raw = text.replace(f'"{name}": 0', f'"{name}": {"[" * depth}{"]" * depth}')
        return replace(
            valid.call,
            label=f"{name} nested {depth:,} times",
            json_body=None,
            raw_body=raw.encode(),
            media_type="application/json",
        )

    deep: list[Reply] = []
    shallow: list[Reply] = []
    for _ in range(_ROUNDS):
        sunk = yield call(_DEPTH)
        # An error alone costs nothing.
        if sunk.status and sunk.seconds < _SLOW:
            return None
        flat = yield call(_SHALLOW)
        if flat.status in _REFUSED:
            return None
        deep.append(sunk)
        shallow.append(flat)
    lost = not any(one.status for one in deep)
    slow = min(one.seconds for one in deep), max(one.seconds for one in shallow)
    if not lost and slow[0] < 10 * slow[1]:
        return None
    alive = yield replace(valid.call, label="a valid call afterwards")
    took = "no answer" if lost else f"an answer after {slow[0]:.2f} s or more"
    return Vulnerable(
        message=f"{operation} is kept busy or breaks off on deeply nested JSON",
        oracle=(
            f"{_DEPTH:,} brackets in {name} ({_DEPTH * 2 // 1000} kB) gave {took}, {_ROUNDS} "
            f"times; {_SHALLOW} gave {shallow[0].status} after {slow[1]:.3f} s or less, and the "
            f"valid call then {alive.status}."
        ),
        proof=(deep[0], deep[-1]),
        controls=(shallow[-1], alive),
        parameter=name,
        confidence=Confidence.FIRM,
    )


PROBE = Probe(rule=RULE, converse=converse, max_requests=30, phase=Phase.EXHAUST)
