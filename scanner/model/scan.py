"""One finished scan: all that a reporter may use."""

from __future__ import annotations

from datetime import datetime

from msgspec import field

from scanner.model.attack import Attacks
from scanner.model.decision import Decision, GatePolicy, Triaged
from scanner.model.history import Comparison, EarlierScan, Past
from scanner.model.outcome import EngineRun
from scanner.model.plan import Plan
from scanner.model.rule import Rule, RuleId
from scanner.model.values import Value


class ScanResult(Value, kw_only=True):
    """Plan, outcomes, triaged findings, policy and decision of one scan.

    `project` is the name of the scanned folder, never its absolute path. `catalogue` holds every
    rule that ran or was left out, by id; each finding's rule is in it. Times are in UTC.
    `comparison` is what became of the baseline, where there was one;
    `commit` the commit that the scanned folder is at, if it is known; `attacks` what findings of
    several stages say together; `earlier` what earlier scans came to, the oldest first.
    `past` is all that was known and accepted before, kept only of a shard: its merge needs it.
    """

    project: str
    version: str
    started: datetime
    ended: datetime
    plan: Plan
    runs: tuple[EngineRun, ...]
    findings: tuple[Triaged, ...]
    policy: GatePolicy
    decision: Decision
    catalogue: dict[RuleId, Rule]
    comparison: Comparison | None = None
    commit: str = ""
    attacks: Attacks = field(default_factory=Attacks)
    earlier: tuple[EarlierScan, ...] = ()
    past: Past | None = None
