"""The gate fails closed: whatever was not looked at can't pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.correlate import Families, correlate
from scanner.gate import decide
from scanner.model.decision import Decision, GatePolicy, GateVerdict, ReasonKind, Triaged
from scanner.model.outcome import EngineRun, Failed, FailureKind, Gap, Outcome, Partial
from scanner.model.plan import LeftOut, LeftOutKind, Plan, StaticTask
from scanner.model.severity import Severity, Stage
from scanner.triage import triage
from tests.core import factory

POLICY = GatePolicy(fail_on=Severity.HIGH)
MISSING = Failed(kind=FailureKind.MISSING, reason="bandit is not installed")
PARTIAL = Partial(
    tool_version="1",
    rules=(),
    targets=(),
    findings=(),
    gaps=(Gap(subject="broken.py", reason="syntax error"),),
)


def test_to_search_a_readme_is_no_scan() -> None:
    task = StaticTask(engine="secrets", stage=Stage.SECRETS, root=Path(), files=(), only_text=True)
    text = Plan(root=Path(), tasks=(task,), left_out=())
    searched = factory.run(factory.completed(), "secrets", Stage.SECRETS)
    decision = decide((), [searched], text, POLICY)
    assert decision.verdict is GateVerdict.INCONCLUSIVE
    assert "nothing was scanned" in decision.reasons[0].text
    code = replace(text, tasks=(replace(task, only_text=False),))
    assert decide((), [searched], code, POLICY).verdict is GateVerdict.PASSED
    # One that failed says so itself, and what was scanned beside it was scanned.
    failed = factory.run(MISSING, "secrets", Stage.SECRETS)
    assert [r.subject for r in decide((), [failed], text, POLICY).reasons] == ["secrets"]
    both = decide((), [searched, factory.run(factory.completed())], text, POLICY)
    assert both.verdict is GateVerdict.PASSED


def triaged(*severities: Severity) -> tuple[Triaged, ...]:
    found = [factory.finding(f"sast/r{n}", severity=s) for n, s in enumerate(severities)]
    return triage(correlate(found, {}, Families({})), POLICY)


def judge(
    *outcomes: Outcome,
    findings: tuple[Triaged, ...] = (),
    policy: GatePolicy = POLICY,
    left_out: tuple[LeftOut, ...] = (),
) -> Decision:
    runs = [
        factory.run(outcome, engine)
        for outcome, engine in zip(outcomes, ("bandit", "semgrep"), strict=False)
    ]
    return decide(findings, runs, factory.plan(*left_out), policy)


def test_clean_and_complete_passes() -> None:
    decision = judge(factory.completed())
    assert decision.verdict is GateVerdict.PASSED
    assert decision.reasons == ()


def test_a_finding_at_the_threshold_fails_and_is_named() -> None:
    findings = triaged(Severity.HIGH, Severity.MEDIUM)
    decision = judge(factory.completed(), findings=findings)
    assert decision.verdict is GateVerdict.FAILED
    assert [r.subject for r in decision.reasons] == [findings[0].group.fingerprint]


def test_findings_below_the_threshold_pass() -> None:
    assert (
        judge(factory.completed(), findings=triaged(Severity.MEDIUM)).verdict is GateVerdict.PASSED
    )


@pytest.mark.parametrize("outcome", [MISSING, PARTIAL])
def test_anything_not_looked_at_is_inconclusive(outcome: Outcome) -> None:
    decision = judge(factory.completed(), outcome)
    assert decision.verdict is GateVerdict.INCONCLUSIVE
    assert decision.reasons[0].subject == "semgrep"


def test_a_blocking_finding_outweighs_a_gap_and_both_are_told() -> None:
    decision = judge(PARTIAL, MISSING, findings=triaged(Severity.CRITICAL))
    assert decision.verdict is GateVerdict.FAILED
    kinds = [reason.kind for reason in decision.reasons]
    assert kinds == [ReasonKind.BLOCKING, ReasonKind.UNCERTAIN, ReasonKind.UNCERTAIN]


def test_nothing_scanned_is_inconclusive() -> None:
    decision = judge()
    assert decision.verdict is GateVerdict.INCONCLUSIVE
    assert "nothing was scanned" in decision.reasons[0].text


def test_allow_missing_excuses_only_a_missing_tool_and_stays_visible() -> None:
    policy = replace(POLICY, allow_missing=("bandit", "semgrep"))
    decision = judge(MISSING, factory.completed(), policy=policy)
    assert decision.verdict is GateVerdict.PASSED
    assert "allow_missing" in decision.reasons[0].text
    crashed = replace(MISSING, kind=FailureKind.CRASHED)
    assert judge(crashed, policy=policy).verdict is GateVerdict.INCONCLUSIVE


def test_allow_gaps_excuses_partial_coverage_and_stays_visible() -> None:
    decision = judge(PARTIAL, policy=replace(POLICY, allow_gaps=True))
    assert decision.verdict is GateVerdict.PASSED
    assert "broken.py" in decision.reasons[0].text


ZAP_ABSENT = LeftOut(engine="zap", stage=Stage.DAST, kind=LeftOutKind.NOT_FOUND, reason="no ZAP")


@pytest.mark.parametrize("word", ["zap", "dast"])
def test_a_required_engine_or_stage_that_had_no_part_is_inconclusive(word: str) -> None:
    policy = replace(POLICY, required=(word,))
    decision = judge(factory.completed(), policy=policy, left_out=(ZAP_ABSENT,))
    assert decision.verdict is GateVerdict.INCONCLUSIVE
    assert "no ZAP" in decision.reasons[0].text


def test_a_required_stage_is_met_by_any_of_its_engines() -> None:
    policy = replace(POLICY, required=("dast",))
    probes = factory.run(factory.completed(), "probes", Stage.DAST)
    decision = decide((), [probes], factory.plan(ZAP_ABSENT), policy)
    assert decision.verdict is GateVerdict.PASSED


RANK = {GateVerdict.PASSED: 0, GateVerdict.INCONCLUSIVE: 1, GateVerdict.FAILED: 2}
RUNS = st.lists(
    st.sampled_from([factory.completed(), PARTIAL, MISSING]).map(factory.run), max_size=4
)
SEVERITIES = st.lists(st.sampled_from(Severity), max_size=4)


@given(SEVERITIES, RUNS, st.sampled_from([PARTIAL, MISSING]), st.sampled_from(Severity))
def test_more_findings_or_gaps_never_improve_the_verdict(
    severities: list[Severity], runs: list[EngineRun], gap: Outcome, more: Severity
) -> None:
    def rank(found: list[Severity], ran: list[EngineRun]) -> int:
        return RANK[decide(triaged(*found), ran, factory.plan(), POLICY).verdict]

    before = rank(severities, runs)
    assert rank([*severities, more], runs) >= before
    if runs:
        assert rank(severities, [*runs, factory.run(gap)]) >= before
    assert rank(severities, [factory.run(MISSING)]) > 0
