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
                if not one.rule or any(pattern(one.rule).fullmatch(name) for name in names)
            ]
        return known


def _at(waiver: Waiver, finding: Finding) -> bool:
    return not waiver.path or pattern(waiver.path).fullmatch(_path(finding)) is not None


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


@cache
def pattern(glob: str) -> re.Pattern[str]:
    """A glob as a pattern: `*` stays in a folder, `**` does not, `?` is one character."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    words = {"**/": r"(?:.*/)?", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts), re.DOTALL)
