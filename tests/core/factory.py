"""Small builders for the values that travel through a scan."""

from __future__ import annotations

from pathlib import Path

from scanner.model.finding import Finding, InlineSuppression, fingerprinted
from scanner.model.location import CodeLocation, EndpointLocation, Location
from scanner.model.outcome import Completed, EngineRun, Outcome
from scanner.model.plan import LeftOut, Plan
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage


def rule(
    rule_id: str = "sast/a", cwe: tuple[str, ...] = ("CWE-502",), engine: str = "bandit"
) -> Rule:
    return Rule(
        id=RuleId(rule_id),
        engine=engine,
        stage=Stage.SAST,
        title="t",
        severity=Severity.HIGH,
        confidence=Confidence.FIRM,
        rationale="r",
        remediation="m",
        cwe=cwe,
    )


def finding(
    rule_id: str = "sast/a",
    engine: str = "bandit",
    *,
    path: str = "app.py",
    line: int = 3,
    end: int | None = None,
    severity: Severity = Severity.HIGH,
    anchor: str = "pickle.loads(x)",
    suppression: InlineSuppression | None = None,
    location: Location | None = None,
) -> Finding:
    where = location or CodeLocation(path=path, start_line=line, end_line=end or line)
    made = Finding(
        engine=engine,
        stage=Stage.DAST if isinstance(where, EndpointLocation) else Stage.SAST,
        rule_id=RuleId(rule_id),
        severity=severity,
        confidence=Confidence.FIRM,
        message="m",
        location=where,
        anchor=anchor,
        suppression=suppression,
    )
    return fingerprinted([made])[0]


def completed(*findings: Finding) -> Completed:
    return Completed(tool_version="1", rules=(), targets=("app.py",), findings=findings)


def run(outcome: Outcome, engine: str = "bandit", stage: Stage = Stage.SAST) -> EngineRun:
    return EngineRun(engine=engine, stage=stage, outcome=outcome, started=0.0, seconds=1.0)


def plan(*left_out: LeftOut) -> Plan:
    return Plan(root=Path(), tasks=(), left_out=left_out)
