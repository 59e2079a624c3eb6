"""Keeps second opinions where there is a first. Pure.

Some tests of other projects see no guards, where a rule of ours does. Beside ours they are a second
opinion worth naming; alone, on a file that ours has looked at, they would only repeat the alarm
that ours is there to avoid.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from scanner.model.finding import Finding
from scanner.model.location import CodeLocation
from scanner.model.rule import Rule, RuleId


def drop_lone_seconds(
    findings: Iterable[Finding],
    seconds: Collection[RuleId],
    looked_at: Collection[str],
    catalogue: Mapping[RuleId, Rule],
) -> tuple[Finding, ...]:
    """The findings without those of `seconds` that stand alone on a file of `looked_at`.

    `looked_at` are the files that the rules of ours have seen: where they have not, or where no
    rule of another engine that ran knows the weakness, a second opinion is the only one, and stays.
    """
    every = tuple(findings)
    firsts: dict[str, list[Finding]] = {}
    for finding in every:
        if isinstance(finding.location, CodeLocation) and finding.rule_id not in seconds:
            firsts.setdefault(finding.location.path, []).append(finding)
    return tuple(
        finding
        for finding in every
        if finding.rule_id not in seconds
        or not isinstance(finding.location, CodeLocation)
        or finding.location.path not in looked_at
        or not _has_a_first(finding.rule_id, seconds, catalogue)
        or any(_agree(finding, first, catalogue) for first in firsts.get(finding.location.path, ()))
    )


def _has_a_first(
    second: RuleId, seconds: Collection[RuleId], catalogue: Mapping[RuleId, Rule]
) -> bool:
    """Whether another engine's rule that ran looks for the same weakness."""
    rule = catalogue.get(second)
    return rule is not None and any(
        other.engine != rule.engine and other.id not in seconds and set(other.cwe) & set(rule.cwe)
        for other in catalogue.values()
    )


def _agree(second: Finding, first: Finding, catalogue: Mapping[RuleId, Rule]) -> bool:
    """Whether both speak of one weakness: the same lines, and a CWE in common."""
    a, b = second.location, first.location
    if not isinstance(a, CodeLocation) or not isinstance(b, CodeLocation) or a.cell != b.cell:
        return False
    (start, end), (other_start, other_end) = a.shown_lines(), b.shown_lines()
    rules = catalogue.get(second.rule_id), catalogue.get(first.rule_id)
    shared = set(rules[0].cwe) & set(rules[1].cwe) if rules[0] and rules[1] else set()
    return (
        first.engine != second.engine and start <= other_end and other_start <= end and bool(shared)
    )
