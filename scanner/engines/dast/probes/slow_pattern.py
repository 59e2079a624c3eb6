"""API4: a short text keeps the server busy, and each letter more doubles the time."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from statistics import median

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
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
from scanner.engines.dast.probes._accounts import Account, acting, is_login, register_of, registered
from scanner.engines.dast.probes._foreign_accounts import on_an_account
from scanner.engines.dast.probes._injection import answered_call
from scanner.engines.dast.probes._inputs import Input, inputs
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.model.values import Value

RULE = Rule(
    id=RuleId("dast/slow-pattern"),
    engine="probes",
    stage=Stage.DAST,
    title="A short text keeps the server busy",
    severity=Severity.HIGH,
    confidence=Confidence.PROVEN,
    rationale=(
        "A pattern that can match one text in many ways tries them all before it gives up. Forty "
        "letters then stop a worker for days; a few requests stop all of them."
    ),
    remediation=(
        "Bound the length before the pattern is tried, do not repeat what is repeated itself, and "
        "take a library for mail addresses and the like:\n\n"
        '    re.fullmatch(r"[^@\\s]{1,64}@[^@\\s]{1,255}", text)  # instead of ^([a-z]+.?)+@...$'
    ),
    cwe=("CWE-1333", "CWE-400"),
    owasp=("API4:2023",),
    controls=("SIZE-1",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa4-unrestricted-resource-consumption/",
        "https://cwe.mitre.org/data/definitions/1333.html",
    ),
)

_CHECKED = re.compile(
    r"mail|phone|mobile|url|uri|link|host|domain|pattern|regex|slug|version|user_?name|^name$|"
    r"address|zip|postal|iban|date|colou?r|callback|webhook",
    re.IGNORECASE,
)
_NAMES = re.compile(r"user_?name|^name$", re.IGNORECASE)
_NO_PATTERN = re.compile(r"prompt|content|message|^texts?$|^inputs?(?:\[|\.|$)", re.IGNORECASE)
# Each begins as a fitting text would and ends so that no way of reading it fits.
_FAMILIES = (
    ("letters", "{a}!"),
    ("a domain's letters", "a@{a}!"),
    ("digits", "{1}!"),
)
# Never a longer one before a shorter one was quick: with three ways per letter, 15 letters are
# 14 million steps, and 19 after that are at most some seconds.
_LADDER = (15, 19, 22, 24, 26, 28)
_STEPS = 6
_SLOW = 0.25
_RATIO = 10.0
_MAX_PLACES = 2
_MAX_SECONDS = 12.0

Way = Callable[[Call], Call]
Tested = Generator[Call, Reply, Vulnerable | None]


class _Spot(Value):
    """A place for text, and how its calls are to be sent."""

    operation: Operation
    place: Input
    way: Way

    def call(self, label: str, text: str) -> Call:
        return self.way(self.place.call(label, text))


def converse(operation: Operation, world: World) -> Conversation:
    """Longer and longer texts that a careless pattern fails at slowly, against harmless ones."""
    places = _places(operation, world)
    if operation.method == "DELETE" or not places:
        return NotApplicable("it takes no text that a pattern would be tried on")
    way: Way = _as_it_is
    if not world.may_call(operation):
        own = yield from registered(world) if on_an_account(operation) else _nobody()
        if own is None:
            return NotApplicable("not called, since it may change what is not the scan's own")
        way = _as_owner(operation, world, own)
    elif isinstance(valid := answered_call(operation, world), NotApplicable):
        return valid
    for place in places:
        found = yield from _place(_Spot(operation, place, way))
        if found is not None:
            return found
    return Held("time does not grow with the length of a text")


def _places(operation: Operation, world: World) -> list[Input]:
    plain = {(one.place, one.name) for one in inputs(operation, world)}
    # Each name that is taken would be another user.
    registers = is_login(operation, world) or operation == register_of(world)
    return [
        one
        for one in inputs(operation, world, patterned=True)
        if one.place in ("query", "body", "form")
        and (_CHECKED.search(one.name) or (one.place, one.name) not in plain)
        and not _NO_PATTERN.search(one.name)
        and not (registers and _NAMES.search(one.name))
    ][:_MAX_PLACES]


def _nobody() -> Generator[Call, Reply, None]:
    return None
    yield


def _as_it_is(call: Call) -> Call:
    return call


def _as_owner(operation: Operation, world: World, own: Account) -> Way:
    """Calls on the scan's own account, by its owner."""
    (name,) = operation.path_parameters
    path = world.build(operation, None, "", ids={name: own.named_by(name)}).path
    return lambda call: acting(replace(call, path=path), own, world)


def _place(spot: _Spot) -> Tested:
    for what, template in _FAMILIES:
        slow = yield from _climb(spot, what, template)
        if slow is None:
            return None
        if slow:
            return (yield from _grown(spot, what, template, slow))
    return None


def _climb(spot: _Spot, what: str, template: str) -> Generator[Call, Reply, int | None]:
    """The first length whose answer takes long, 0 if none does, None if nobody looks at it."""
    before = 0.0
    for length in _LADDER:
        # Letters are added as long as the last ones cost nothing, or not too much.
        if length == _LADDER[-1] and before < _SLOW / 20:
            return 0
        reply = yield spot.call(f"{length} of {what}", _text(template, length))
        if reply.status in (0, 401, 403, 404, 429):
            return None
        if reply.seconds >= _SLOW:
            return length
        before = reply.seconds
    return 0


def _grown(spot: _Spot, what: str, template: str, length: int) -> Tested:
    """Whether the time is the text's: six letters less, and as many harmless ones, are quick."""
    times: dict[str, list[Reply]] = {"long": [], "short": [], "harmless": []}
    texts = {
        "short": _text(template, length - _STEPS),
        "harmless": "!" * len(_text(template, length)),
        "long": _text(template, length),
    }
    for _ in range(3):
        for kind, text in texts.items():
            reply = yield spot.call(f"{len(text)} characters of {what}, {kind}", text)
            if reply.status in (0, 429):
                return None
            times[kind].append(reply)
        low = min(one.seconds for one in times["long"])
        other = max(median(one.seconds for one in times[kind]) for kind in ("short", "harmless"))
        if low < _SLOW or low < _RATIO * other:
            return None
        if sum(one.seconds for one in times["long"]) > _MAX_SECONDS:
            break
    alive = yield spot.call("a harmless text afterwards", texts["harmless"])
    taken = {kind: median(one.seconds for one in seen) for kind, seen in times.items()}
    return Vulnerable(
        message=f"{spot.operation} is kept busy by a short text in {spot.place.name}",
        oracle=(
            f"{length} {what} and a mark that does not fit took {taken['long']:.2f} s, "
            f"{_STEPS} fewer took {taken['short']:.3f} s and as many harmless characters "
            f"{taken['harmless']:.3f} s (medians of {len(times['long'])}); afterwards it answered "
            f"in {alive.seconds:.3f} s."
        ),
        proof=(times["short"][-1], times["long"][-1]),
        controls=(times["harmless"][-1], alive),
        parameter=spot.place.name,
    )


def _text(template: str, length: int) -> str:
    return template.replace("{a}", "a" * length).replace("{1}", "1" * length)


PROBE = Probe(
    rule=RULE,
    converse=converse,
    max_requests=2 + _MAX_PLACES * len(_FAMILIES) * len(_LADDER) + 10,
    # What keeps a server busy comes when everything else has been tried.
    phase=Phase.EXHAUST,
    own_objects=True,
)
