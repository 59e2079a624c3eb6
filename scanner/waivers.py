"""Which weaknesses a waiver covers, and why it may not count. Pure."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

from scanner.model.decision import GatePolicy, Group
from scanner.model.finding import Finding
from scanner.model.history import Waiver
from scanner.model.location import EndpointLocation


def covers(waiver: Waiver, group: Group) -> bool:
    """Whether a waiver names this weakness: by fingerprint, or by rule and place.

    A group is one weakness, so that any of its findings may be named.
    """
    return any(_names(waiver, finding) for finding in group.findings)


def _names(waiver: Waiver, finding: Finding) -> bool:
    if waiver.fingerprint:
        return finding.fingerprint == waiver.fingerprint
    rule = finding.rule_id
    ruled = not waiver.rule or any(
        pattern(waiver.rule).fullmatch(name) for name in (rule, rule.rpartition("/")[2])
    )
    return ruled and (not waiver.path or pattern(waiver.path).fullmatch(_path(finding)) is not None)


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
