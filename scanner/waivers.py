"""Which weaknesses a waiver covers, and why it may not count. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache

from scanner.model.decision import GatePolicy, Group
from scanner.model.finding import Finding
from scanner.model.history import Waiver
from scanner.model.location import EndpointLocation


class Waivers:
    """The waivers of a scan, found by what they name."""

    def __init__(self, waivers: Iterable[Waiver]) -> None:
        self._named: dict[str, list[tuple[int, Waiver]]] = {}
        self._patterns: list[tuple[int, Waiver]] = []
        self._of_rule: dict[str, list[tuple[int, Waiver]]] = {}
        for place, waiver in enumerate(waivers):
            if waiver.fingerprint:
                self._named.setdefault(waiver.fingerprint, []).append((place, waiver))
            else:
                self._patterns.append((place, waiver))

    def covering(self, group: Group) -> tuple[Waiver, ...]:
        """Those that name this weakness, by fingerprint or by rule and place, in their order.

        A group is one weakness, so that any of its findings may be named.
        """
        found = {
            pair
            for finding in group.findings
            for pair in (
                *self._named.get(finding.fingerprint, ()),
                *(one for one in self._ruled(finding.rule_id) if _at(one[1], finding)),
            )
        }
        return tuple(waiver for _, waiver in sorted(found, key=lambda pair: pair[0]))

    def _ruled(self, rule: str) -> list[tuple[int, Waiver]]:
        """The patterns that mean a rule, by its whole id or the part after the stage."""
        known = self._of_rule.get(rule)
        if known is None:
            names = (rule, rule.rpartition("/")[2])
            known = self._of_rule[rule] = [
                (place, one)
                for place, one in self._patterns
                if not one.rule or any(fits(one.rule, name) for name in names)
            ]
        return known


def _at(waiver: Waiver, finding: Finding) -> bool:
    return not waiver.path or fits(waiver.path, _path(finding))


def _path(finding: Finding) -> str:
    place = finding.location
    return f"{place.method} {place.path}" if isinstance(place, EndpointLocation) else place.path


def refusal(waiver: Waiver, group: Group, policy: GatePolicy, today: date) -> str:
    """Why a waiver that covers a group does not count for it; empty if it does."""
    if waiver.until < today:
        return f"it expired on {waiver.until.isoformat()}"
    days = (waiver.until - today).days
    if policy.waiver_days and days > policy.waiver_days:
        return (
            f"it runs until {waiver.until.isoformat()}, {days} days from now, "
            f"and the policy allows {policy.waiver_days}"
        )
    if policy.waiver_severity is None:
        return "the policy allows no waiver"
    if group.severity > policy.waiver_severity:
        return (
            f"it is {group.severity.label}, and the policy lets at most "
            f"{policy.waiver_severity.label} be waived"
        )
    return ""


def fits(glob: str, text: str) -> bool:
    """Whether a glob matches the whole of a text: `*` stays in a folder, `**` does not, `?` is one
    character.

    All places where the glob may stand are kept side by side, so that no glob takes more than its
    length times the text's; a regular expression with many stars takes for ever.
    """
    parts = _parts(glob)
    # A place in the glob, and whether it is within the name of a folder that `**/` stands for.
    states = _skipped({(0, False)}, parts)
    for character in text:
        ahead: set[tuple[int, bool]] = set()
        for place, inside in states:
            part = parts[place] if place < len(parts) else ""
            if part == "**/":
                ahead.add((place, True))
                if character == "/":
                    ahead.add((place + 1, False))
            elif part == "**" or (part == "*" and character != "/"):
                ahead.add((place, inside))
            elif part == character or (part == "?" and character != "/"):
                ahead.add((place + 1, False))
        states = _skipped(ahead, parts)
    return (len(parts), False) in states


def _skipped(states: set[tuple[int, bool]], parts: tuple[str, ...]) -> set[tuple[int, bool]]:
    """These states, and those behind stars that stand for nothing."""
    reached = set(states)
    for start, inside in states:
        place = start
        while not inside and place < len(parts) and parts[place] in ("*", "**", "**/"):
            place += 1
            reached.add((place, False))
    return reached


@cache
def _parts(glob: str) -> tuple[str, ...]:
    """The glob's wildcards and single characters; there are no escapes."""
    return tuple(part for part in re.split(r"(\*\*/|\*\*|\*|\?|.)", glob, flags=re.DOTALL) if part)
