"""One hit of one rule, and the fingerprint that names it over time."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from typing import NewType

from msgspec.structs import replace

from scanner.model.evidence import Evidence, Patch
from scanner.model.location import CodeLocation, EndpointLocation, Location, ResourceLocation
from scanner.model.rule import RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.model.values import Value

Fingerprint = NewType("Fingerprint", str)

FINGERPRINT_VERSION = "v1"


class InlineSuppression(Value, kw_only=True):
    """A comment in the scanned source that asks an engine to be silent here.

    `blanket` is true where the comment names no rule. It is honoured or refused by policy, never
    by the engine, and stays visible.
    """

    comment: str
    reason: str
    blanket: bool


class RelatedLocation(Value, kw_only=True):
    """A second place that helps to understand the finding, with a short note."""

    location: Location
    note: str


class Finding(Value, kw_only=True):
    """One hit of one rule of one engine.

    `message` says what is wrong here, in one sentence; general prose belongs to the rule.
    `anchor` is what makes this place itself whatever the line number: the normalised source text.
    `patch` is a mend of just this place, where the rule knows one.
    `fingerprint` is filled by `fingerprinted`, once all findings of an engine are known.
    """

    engine: str
    stage: Stage
    rule_id: RuleId
    severity: Severity
    confidence: Confidence
    message: str
    location: Location
    anchor: str = ""
    related: tuple[RelatedLocation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    suppression: InlineSuppression | None = None
    patch: Patch | None = None
    fingerprint: Fingerprint = Fingerprint("")


def location_order(location: Location) -> tuple[str, int, int, str]:
    """A total sort key over all kinds of location."""
    match location:
        case CodeLocation():
            cell = location.cell
            within = f"{cell.number:06}:{cell.start_line:06}" if cell else ""
            return (location.path, location.start_line, location.start_column or 0, within)
        case ResourceLocation():
            return (location.path, location.start_line, 0, location.address)
        case EndpointLocation():
            return (location.path, 0, 0, f"{location.method} {location.parameter or ''}")


def fingerprinted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Number equal findings and give each its fingerprint; the answer is sorted by place.

    The fingerprint is SHA-256 over rule id, the identity of the place and an occurrence number.
    Lines, columns, messages and times are left out, so that it survives code added above.
    """
    ordered = sorted(
        findings, key=lambda f: (f.rule_id, *location_order(f.location), f.anchor, f.message)
    )
    seen: Counter[tuple[str, ...]] = Counter()
    named: list[Finding] = []
    for finding in ordered:
        identity = (finding.rule_id, *_identity(finding))
        digest = hashlib.sha256(
            "\x00".join((*identity, str(seen[identity]))).encode("utf-8", "surrogatepass")
        )
        seen[identity] += 1
        name = Fingerprint(f"{FINGERPRINT_VERSION}:{digest.hexdigest()[:32]}")
        named.append(replace(finding, fingerprint=name))
    return tuple(named)


def likeness(finding: Finding) -> str:
    """A name that equal weaknesses of different files share: the fingerprint without the file."""
    kind, _, *rest = _identity(finding)
    text = "\x00".join((finding.rule_id, kind, *rest))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def path_of(location: Location) -> str:
    """The file of a location; nothing for an operation."""
    return "" if isinstance(location, EndpointLocation) else location.path


def _identity(finding: Finding) -> tuple[str, ...]:
    match finding.location:
        case CodeLocation(path=path):
            return ("code", path, folded(finding.anchor))
        case ResourceLocation(path=path, address=address):
            return ("resource", path, address, finding.anchor)
        case EndpointLocation(method=method, path=path, parameter=parameter):
            return ("endpoint", "", method, without_ids(path), parameter or "")


_QUOTED = re.compile(r"'((?:[^'\"\\]|\\[^'\"])*)'")
_BETWEEN = re.compile(r"(?<!\w)\s+|\s+(?!\w)")
# Formatters add and remove them; what they say is in the order of the rest.
_LAYOUT = re.compile(r"[(),;]|\\\n")


def folded(source: str) -> str:
    """Source text without what a formatter may change: space, quotes, brackets and commas."""
    words = _LAYOUT.sub(" ", _QUOTED.sub(r'"\1"', source))
    return _BETWEEN.sub("", " ".join(words.split()))


_OBJECT_ID = re.compile(
    r"\{[^{}]*\}|\d+|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|(?=[^/]*\d)[0-9a-fA-F]{16,}"
)


def without_ids(path: str) -> str:
    """A path whose segments that name one object are all `{}`, as are parameters of a template."""
    return "/".join("{}" if _OBJECT_ID.fullmatch(part) else part for part in path.split("/"))
