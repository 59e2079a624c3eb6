"""Puts findings that speak of the same weakness into one group. Pure.

Two findings meet when their CWEs are of one family and they are at the same place: overlapping
lines of a file, or the same operation and parameter. One rule that fires twice at a place has
found two weaknesses, so its findings never meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.model.decision import Group
from scanner.model.finding import Finding, location_order
from scanner.model.location import CodeLocation, EndpointLocation, ResourceLocation
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence
from scanner.model.values import Value

_WIDE = 15
# Engines whose rules are other projects'; of equal findings, one of our own rules leads.
_OTHERS = frozenset({"bandit", "checkov", "zap"})


class Families(Value):
    """Which CWEs mean the same weakness: CWE id to the name of its family."""

    of_cwe: Mapping[str, str]

    def of(self, rule: Rule | None) -> frozenset[str]:
        """The families of a rule; a CWE outside the table is a family of its own."""
        if rule is None:
            return frozenset()
        return frozenset(self.of_cwe.get(cwe, cwe) for cwe in rule.cwe)


def correlate(
    findings: Iterable[Finding], catalogue: Mapping[RuleId, Rule], families: Families
) -> tuple[Group, ...]:
    """Every finding in exactly one group; the answer does not depend on the input's order."""
    ordered = sorted(findings, key=_rank)
    places: dict[tuple[str, str], list[list[Finding]]] = {}
    groups: list[list[Finding]] = []
    for finding in ordered:
        mine = families.of(catalogue.get(finding.rule_id))
        near = places.setdefault(_neighbourhood(finding), [])
        for group in near:
            if _belongs(finding, mine, group, catalogue, families):
                group.append(finding)
                break
        else:
            fresh = [finding]
            near.append(fresh)
            groups.append(fresh)
    made = [_group(members) for members in groups]
    return tuple(sorted(made, key=_order))


def _rank(finding: Finding) -> tuple[object, ...]:
    """The leading finding of a place comes first: worst, surest, ours, then by name."""
    return (
        -finding.severity,
        -finding.confidence,
        finding.engine in _OTHERS,
        location_order(finding.location),
        finding.rule_id,
        finding.engine,
        finding.fingerprint,
    )


def _order(group: Group) -> tuple[object, ...]:
    lead = group.lead
    return (
        -group.severity,
        -group.confidence,
        lead.rule_id,
        location_order(lead.location),
        lead.fingerprint,
    )


def _neighbourhood(finding: Finding) -> tuple[str, str]:
    match finding.location:
        case CodeLocation(path=path):
            return ("code", path)
        case ResourceLocation(path=path, address=address):
            return ("resource", f"{path}\x00{address}")
        case EndpointLocation(method=method, path=path, parameter=parameter):
            return ("endpoint", f"{method} {path}\x00{parameter or ''}")


def _belongs(
    finding: Finding,
    mine: frozenset[str],
    group: list[Finding],
    catalogue: Mapping[RuleId, Rule],
    families: Families,
) -> bool:
    if isinstance(finding.location, ResourceLocation):
        return False
    return all(
        finding.rule_id != member.rule_id
        and bool(mine & families.of(catalogue.get(member.rule_id)))
        and _same_place(finding, member)
        for member in group
    )


def _same_place(one: Finding, other: Finding) -> bool:
    a, b = one.location, other.location
    if isinstance(a, CodeLocation) and isinstance(b, CodeLocation):
        if (a.cell and a.cell.number) != (b.cell and b.cell.number):
            return False
        (start, end), (other_start, other_end) = a.shown_lines(), b.shown_lines()
        if max(end - start, other_end - other_start) > _WIDE:
            return start == other_start
        return start <= other_end and other_start <= end
    return True


def _group(members: list[Finding]) -> Group:
    agreeing = len({member.engine for member in members})
    confidence = max(member.confidence for member in members)
    if agreeing > 1:
        confidence = max(confidence, Confidence.FIRM)
    return Group(
        findings=tuple(members),
        severity=max(member.severity for member in members),
        confidence=confidence,
    )
