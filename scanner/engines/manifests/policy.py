"""What a policy of ours is: a rule, and a function of the whole world that yields its hits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scanner.engines.manifests import ENGINE
from scanner.engines.manifests.documents import Document
from scanner.engines.manifests.world import Resource, World
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.model.values import Value


class Hit(Value, kw_only=True):
    """A weakness in one object: `part` is the mapping or list of it that is to be changed."""

    address: str
    document: Document
    part: object
    said: str


Judge = Callable[[World], Iterator[Hit]]


class Policy(Value, kw_only=True):
    """A rule with its logic."""

    rule: Rule
    judge: Judge


def hit(resource: Resource, said: str, part: object = None) -> Hit:
    """A hit on a resource, at a part of it or at the whole."""
    return Hit(
        address=resource.address,
        document=resource.document,
        part=resource.data if part is None else part,
        said=said,
    )


def rule(
    name: str,
    title: str,
    *,
    severity: Severity,
    cwe: tuple[str, ...],
    owasp: tuple[str, ...],
    controls: tuple[str, ...],
    rationale: str,
    remediation: str,
    references: tuple[str, ...] = (),
    confidence: Confidence = Confidence.FIRM,
) -> Rule:
    """A rule of this engine; the pages of its CWEs are added to the references."""
    pages = tuple(
        f"https://cwe.mitre.org/data/definitions/{c.removeprefix('CWE-')}.html" for c in cwe
    )
    return Rule(
        id=RuleId(f"iac/{name}"),
        engine=ENGINE,
        stage=Stage.IAC,
        title=title,
        severity=severity,
        confidence=confidence,
        rationale=rationale.strip(),
        remediation=remediation.strip("\n"),
        cwe=cwe,
        owasp=owasp,
        controls=controls,
        references=(*pages, *references),
    )
