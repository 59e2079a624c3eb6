"""From findings to a verdict: groups, their status, and what the gate decided."""

from __future__ import annotations

from enum import Enum

from scanner.model.finding import Finding, Fingerprint
from scanner.model.history import Waiver
from scanner.model.severity import Confidence, Severity
from scanner.model.values import Value


class Group(Value, kw_only=True):
    """One weakness: the findings of all engines that saw it, the leading one first.

    Every finding is in exactly one group; a group of one is the common case. Grouping may raise
    confidence; it never lowers severity or drops a member.
    """

    findings: tuple[Finding, ...]
    severity: Severity
    confidence: Confidence

    @property
    def lead(self) -> Finding:
        """The finding that names the group."""
        return self.findings[0]

    @property
    def fingerprint(self) -> Fingerprint:
        """The lead's fingerprint, by which the group is known."""
        return self.lead.fingerprint

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines that saw it, without repetition, the lead's first."""
        return tuple(dict.fromkeys(finding.engine for finding in self.findings))


class Status(str, Enum):
    """Where a weakness stands against what was known and accepted before."""

    NEW = "new"
    KNOWN = "known"
    SUPPRESSED = "suppressed"


class Triaged(Value, kw_only=True):
    """A group with its status; `reason` says why it is suppressed, and `waiver` by which waiver."""

    group: Group
    status: Status
    reason: str = ""
    waiver: Waiver | None = None


class GateVerdict(str, Enum):
    """The three ends of a scan."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


class ReasonKind(str, Enum):
    """What a reason is about; the first two decide, `NOTE` only explains."""

    BLOCKING = "blocking"
    UNCERTAIN = "uncertain"
    NOTE = "note"


class Reason(Value, kw_only=True):
    """One cause of a verdict, in one sentence; `subject` is a fingerprint or an engine name.

    `clause` is the setting of the policy that makes it count, `mend` what would take it away.
    """

    kind: ReasonKind
    subject: str
    text: str
    clause: str = ""
    mend: str = ""


class Decision(Value, kw_only=True):
    """The gate's verdict with every reason for it."""

    verdict: GateVerdict
    reasons: tuple[Reason, ...]


class GatePolicy(Value, kw_only=True):
    """What the gate is told.

    Findings at or above `fail_on` block: new ones, and with `block_known` those that the baseline
    knows too. Engines or stages in `required` must have looked; those in `allow_missing` may be
    absent, which stays visible. `allow_gaps` accepts partial coverage. `forbid_inline` makes
    comments in the scanned source powerless. A waiver counts for at most `waiver_days` from today
    (0: any time) and up to `waiver_severity` (None: nothing can be waived). With `observe` nothing
    blocks, and what would have is told. `name` is the preset or file that this came from.
    """

    fail_on: Severity
    required: tuple[str, ...] = ()
    allow_missing: tuple[str, ...] = ()
    allow_gaps: bool = False
    forbid_inline: bool = False
    block_known: bool = False
    waiver_days: int = 0
    waiver_severity: Severity | None = Severity.CRITICAL
    observe: bool = False
    name: str = ""
