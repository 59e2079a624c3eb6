"""Rows of one weakness in one declared block become one finding. Pure.

A module that is called three times, or a resource with `count`, gives a row for each instance;
what has to be changed is one block. So is a resource that is seen both in its source and in a plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from scanner.model.values import Value

_INDEX = re.compile(r"\[[^\]]*\]")
_IN_MODULE = re.compile(r"^(?:module\.[^.]+\.)+")
_SHOWN = 6
PLAN = "terraform_plan"
TERRAFORM = frozenset({"terraform", "terraform_json", PLAN})


class Hit(Value, kw_only=True):
    """One row of Checkov's that did not pass, with its place in the scanned tree.

    `skipped` is the reason of a skip comment, None where there is none; `said` is what a policy
    of ours found here.
    """

    check_id: str
    framework: str
    title: str
    path: str
    lines: tuple[int, int]
    address: str
    skipped: str | None = None
    said: str = ""

    @property
    def planned(self) -> bool:
        """Whether it comes from a plan."""
        return self.framework == PLAN


class Weakness(Value, kw_only=True):
    """Hits of one check on one block; `address` stays when instances come and go."""

    hit: Hit
    address: str
    addresses: tuple[str, ...]
    also: tuple[Hit, ...] = ()

    def subject(self) -> str:
        """The resource as a message names it: with its instances where there are several."""
        if self.addresses == (self.address,):
            return self.address
        if len(self.addresses) == 1:
            return self.addresses[0]
        shown = ", ".join(self.addresses[:_SHOWN])
        more = len(self.addresses) - _SHOWN
        rest = f" and {more} more" if more > 0 else ""
        return f"{self.address} ({len(self.addresses)} instances: {shown}{rest})"


def block_address(address: str, framework: str) -> str:
    """The address of the declared block: no index, and in source no path of calling modules."""
    if framework not in TERRAFORM:
        return address
    plain = _INDEX.sub("", address)
    return plain if framework == PLAN else _IN_MODULE.sub("", plain)


def merge(hits: Iterable[Hit]) -> tuple[Weakness, ...]:
    """Every hit in exactly one weakness, in the order of the first hit of each."""
    blocks: dict[tuple[object, ...], list[Hit]] = {}
    for hit in hits:
        address = block_address(hit.address, hit.framework)
        key = (hit.check_id, hit.path, hit.lines, address, hit.skipped, hit.said, hit.planned)
        blocks.setdefault(key, []).append(hit)
    merged = [
        Weakness(
            hit=members[0],
            address=block_address(members[0].address, members[0].framework),
            addresses=tuple(sorted({hit.address for hit in members})),
        )
        for members in blocks.values()
    ]
    return _plans_into_sources(merged)


def _plans_into_sources(merged: list[Weakness]) -> tuple[Weakness, ...]:
    """Put what a plan shows to the source that declares it, where exactly one source does."""
    sources: dict[tuple[str, str], list[int]] = {}
    for number, weakness in enumerate(merged):
        if not weakness.hit.planned:
            for address in {_INDEX.sub("", a) for a in weakness.addresses}:
                sources.setdefault((weakness.hit.check_id, address), []).append(number)
    kept = list(merged)
    gone: set[int] = set()
    for number, weakness in enumerate(merged):
        found = sources.get((weakness.hit.check_id, weakness.address), [])
        if weakness.hit.planned and len(found) == 1:
            (place,) = found
            kept[place] = replace(kept[place], also=(*kept[place].also, weakness.hit))
            gone.add(number)
    return tuple(weakness for number, weakness in enumerate(kept) if number not in gone)
