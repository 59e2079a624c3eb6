"""A scan in which every known rule ran, had something to judge, and held."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from msgspec.structs import replace

from scanner.cli.rules import all_rules
from scanner.cli.wiring import SPECS
from scanner.evidence.controls import read_controls
from scanner.evidence.judge import assess
from scanner.evidence.model import Assessed, Declaration
from scanner.evidence.observe import observe, of_record, of_signature, unnamed
from scanner.model.decision import Decision, GatePolicy, GateVerdict, Group, Status, Triaged
from scanner.model.finding import Finding, InlineSuppression, fingerprinted
from scanner.model.history import Waiver
from scanner.model.location import CodeLocation, EndpointLocation
from scanner.model.outcome import Assessment, Completed, EngineRun, Outcome, Verdict
from scanner.model.plan import LeftOut, LeftOutKind, Plan
from scanner.model.rule import Rule
from scanner.model.scan import ScanResult
from scanner.model.severity import Severity, Stage
from tests.reporters.factory import STARTED

RULES = all_rules()
CONTROLS = read_controls()
ENGINES = tuple(spec.name for spec in SPECS)
STAGES = {spec.name: spec.stage for spec in SPECS}
# To each static engine a file of each kind that it is given.
FILES = {
    "checkov": ("Dockerfile", "main.tf"),
    "manifests": ("k8s/deployment.yaml",),
    "bandit": ("app/main.py",),
    "semgrep": ("Dockerfile", "app/main.py", "compose.yaml", "run.sh", "web/app.ts"),
    "models": ("weights/net.pt",),
    "secrets": (
        *("Dockerfile", "app/main.py", "compose.yaml", "main.tf", "k8s/deployment.yaml"),
        *("run.sh", "web/app.ts", ".github/workflows/ci.yml", "README.md"),
    ),
    "zizmor": (".github/workflows/ci.yml",),
}
WAIVER = Waiver(name="w1", reason="loaded once", owner="ml", until=date(2027, 1, 1))
OPERATION = "POST /v1/predict"


def rules_of(engine: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if rule.engine == engine)


def held(engine: str) -> Completed:
    """What an engine says that tried all its rules and found nothing."""
    dynamic = STAGES[engine] in (Stage.DAST, Stage.SECRETS)
    rules = rules_of(engine)
    return Completed(
        tool_version="1.0",
        rules=rules,
        targets=(OPERATION,) if dynamic else FILES[engine],
        findings=(),
        assessments=tuple(
            Assessment(rule_id=rule.id, subject=OPERATION, verdict=Verdict.HELD)
            for rule in rules
            if dynamic
        ),
    )


def scan(**outcomes: Outcome) -> ScanResult:
    """The ideal scan, with these engines' outcomes instead."""
    runs = tuple(
        EngineRun(
            engine=engine,
            stage=STAGES[engine],
            outcome=outcomes.get(engine, held(engine)),
            started=1.0,
            seconds=2.0,
        )
        for engine in ENGINES
    )
    return ScanResult(
        project="sentiment-api",
        version="0.1.0",
        started=STARTED,
        ended=STARTED,
        plan=Plan(root=Path(), tasks=(), left_out=()),
        runs=runs,
        findings=(),
        policy=GatePolicy(fail_on=Severity.HIGH),
        decision=Decision(verdict=GateVerdict.PASSED, reasons=()),
        catalogue={rule.id: rule for rule in RULES},
        commit="0123456789abcdef0123456789abcdef01234567",
    )


def without(made: ScanResult, engine: str, kind: LeftOutKind | None) -> ScanResult:
    """The scan without an engine: left out with a reason, or gone without a trace."""
    gone = LeftOut(engine=engine, stage=STAGES[engine], kind=kind, reason="why") if kind else None
    return replace(
        made,
        runs=tuple(run for run in made.runs if run.engine != engine),
        catalogue={key: rule for key, rule in made.catalogue.items() if rule.engine != engine},
        plan=replace(made.plan, left_out=(*made.plan.left_out, *([gone] if gone else ()))),
    )


def finding(rule: Rule) -> Finding:
    dynamic = rule.stage in (Stage.DAST, Stage.SECRETS)
    return Finding(
        engine=rule.engine,
        stage=rule.stage,
        rule_id=rule.id,
        severity=rule.severity,
        confidence=rule.confidence,
        message="something is wrong here",
        location=EndpointLocation(method="POST", path="/v1/predict")
        if dynamic
        else CodeLocation(path="app/main.py", start_line=3, end_line=3),
    )


def with_findings(
    made: ScanResult,
    *rules: Rule,
    status: Status = Status.NEW,
    comment: InlineSuppression | None = None,
) -> ScanResult:
    """The scan with a finding of each rule; suppressed ones by the comment, else by a waiver."""
    named = fingerprinted(replace(finding(rule), suppression=comment) for rule in rules)
    suppressed = status is Status.SUPPRESSED
    return replace(
        made,
        findings=tuple(
            Triaged(
                group=Group(findings=(one,), severity=one.severity, confidence=one.confidence),
                status=status,
                reason="accepted" if suppressed else "",
                waiver=WAIVER if suppressed and comment is None else None,
            )
            for one in named
        ),
    )


def judged(
    made: ScanResult, declarations: tuple[Declaration, ...] = (), signed_with: str = "ssh"
) -> dict[str, Assessed]:
    observations = (*observe(made, RULES), of_record(made), of_signature(signed_with))
    every = {rule.id: rule for rule in RULES} | dict(made.catalogue)
    found = assess(CONTROLS, every.values(), observations, declarations, unnamed(made, RULES))
    return {one.control.id: one for one in found}
