"""What the specification knows, and where operations may have siblings that it does not know."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import World
from scanner.engines.dast.values import make_value, merged
from scanner.model.values import Value

_VERSION = re.compile(r"v(\d{1,3})")
_SIDE_EFFECTS = re.compile(
    r"redeem|voucher|coupon|claim|checkout|purchase|transfer|vote|regist|sign-?_?up|import|upload|"
    r"activate|train|deploy|send|invite",
    re.IGNORECASE,
)


class Sibling(Value):
    """A path beside a documented one: `template` to show, `path` to call.

    `invented` is the same path in a version that cannot exist.
    """

    template: str
    path: str
    invented: str


def worth_trying(world: World) -> list[Operation]:
    """Operations whose call does no harm a second time, those that cost compute first."""
    return sorted(
        (
            one
            for one in world.operations
            if one.method in ("GET", "POST")
            and not one.destructive
            and not one.meant_public
            and one.path.rstrip("/") not in world.objects
            and (one.method == "GET" or not _SIDE_EFFECTS.search(one.path))
        ),
        key=lambda one: (one.method == "GET", len(one.path_parameters), one.path),
    )


def siblings(operation: Operation, path: str) -> Iterator[Sibling]:
    """The same operation under other versions, or without one."""
    template = operation.template.split("/")
    called = path.split("/")
    extra = len(called) - len(template)
    place = next((n for n, part in enumerate(template) if _VERSION.fullmatch(part)), None)
    invented = f"v{secrets.randbelow(800) + 100}"
    if place is None:
        for word in ("v0", "v1", "beta", "old"):
            made = "/".join(["", *called[1 : extra + 1], word, *called[extra + 1 :]])
            other = "/".join(["", *called[1 : extra + 1], invented, *called[extra + 1 :]])
            yield Sibling("/".join(["", word, *template[1:]]), made, other)
        return
    number = int(template[place][1:])
    other = "/".join([*called[: place + extra], invented, *called[place + extra + 1 :]])
    for words in ([f"v{number - 1}"] if number else [], [f"v{number + 1}"], ["beta"], []):
        if not words and not template[place + 1 :]:
            continue
        yield Sibling(
            "/".join([*template[:place], *words, *template[place + 1 :]]),
            "/".join([*called[: place + extra], *words, *called[place + extra + 1 :]]),
            other,
        )


def whole_body(operation: Operation, world: World) -> dict[str, object] | None:
    """A body with every property of the schema: another version may need another one."""
    if operation.body is None or "json" not in operation.body.media_type:
        return None
    properties = merged(world.resolve(operation.body.schema), world.resolve).get("properties")
    if not isinstance(properties, dict):
        return None
    return {name: make_value(one, world.resolve, depth=1) for name, one in properties.items()}


def documented(method: str, path: str, world: World) -> bool:
    """Whether the specification has an operation for a method and path."""
    wanted = path.rstrip("/").split("/")
    return any(
        one.method == method and _fits(one.template.rstrip("/").split("/"), wanted)
        for one in world.operations
    )


def _fits(template: list[str], path: list[str]) -> bool:
    return len(template) == len(path) and all(
        part == other or part.startswith("{") for part, other in zip(template, path, strict=True)
    )
