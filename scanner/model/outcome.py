"""How an engine's run ended: a union, so that silence is never success."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from msgspec import structs

from scanner.model.finding import Finding
from scanner.model.location import CodeLocation
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Stage
from scanner.model.values import Value


class Gap(Value, kw_only=True):
    """Something that should have been looked at and was not: what, and why."""

    subject: str
    reason: str


class Verdict(str, Enum):
    """What a probe can say of one operation."""

    VULNERABLE = "vulnerable"
    HELD = "held"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not applicable"


class Assessment(Value, kw_only=True):
    """One rule tried on one operation; `why` explains the two verdicts that are no answer."""

    rule_id: RuleId
    subject: str
    verdict: Verdict
    why: str = ""


class Served(Value, kw_only=True):
    """The code behind an operation: its handler, and the functions that this calls.

    `operation` is its name in assessments, `place` the one in findings, with the server's prefix.
    """

    operation: str
    place: str
    code: tuple[CodeLocation, ...]


class Completed(Value, kw_only=True):
    """The engine looked at everything it was given.

    `targets` are the files or operations that it says it saw, `rules` those that ran; `notes` are
    facts worth showing that take nothing away from the coverage. `requests` counts what was sent
    to an endpoint; `served` is the code of its operations, as far as it could be mapped.
    """

    tool_version: str
    rules: tuple[Rule, ...]
    targets: tuple[str, ...]
    findings: tuple[Finding, ...]
    assessments: tuple[Assessment, ...] = ()
    notes: tuple[str, ...] = ()
    requests: int = 0
    served: tuple[Served, ...] = ()

    def lacking(self, gaps: Iterable[Gap]) -> Completed | Partial:
        """The same without what could not be looked at: partial as soon as there is a gap."""
        unique = tuple(dict.fromkeys(gaps))
        if not unique:
            return self
        return Partial(**structs.asdict(self), gaps=unique)


class Partial(Completed, kw_only=True):
    """The engine ended, but did not look at all of it; `gaps` is never empty."""

    gaps: tuple[Gap, ...]

    def __post_init__(self) -> None:
        if not self.gaps:
            raise ValueError("a partial outcome names its gaps")


class FailureKind(str, Enum):
    """Why an engine gave no answer."""

    MISSING = "missing"
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    UNREADABLE = "unreadable"
    RULES = "broken rules"
    TARGET = "target"
    CANCELLED = "cancelled"


class Failed(Value, kw_only=True):
    """The engine gave no answer that can be trusted; it has no field for findings."""

    kind: FailureKind
    reason: str
    detail: str = ""


Outcome = Completed | Partial | Failed


class EngineRun(Value, kw_only=True):
    """One engine's outcome, with its place in time (seconds since the scan began)."""

    engine: str
    stage: Stage
    outcome: Outcome
    started: float
    seconds: float
