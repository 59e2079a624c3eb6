"""Parts put together: what is wrong with them leaves a fault, with which nothing passes."""

from __future__ import annotations

from datetime import date, datetime, timezone
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner.gate import decide
from scanner.merge import Merged, merge
from scanner.model.decision import Decision, GatePolicy, GateVerdict
from scanner.model.errors import InputError
from scanner.model.history import Past
from scanner.model.outcome import Completed, EngineRun, Failed, FailureKind, Gap, Outcome, Partial
from scanner.model.plan import LeftOut, LeftOutKind, Plan, Shard, SourceFile, StaticTask
from scanner.model.scan import ScanResult
from scanner.model.severity import Severity, Stage
from tests.core.factory import finding, rule

NOW = datetime(2026, 3, 2, tzinfo=timezone.utc)
POLICY = GatePolicy(fail_on=Severity.HIGH)
TODAY = Past(today=date(2026, 3, 2))


def outcome(path: str, *, version: str = "1", vulnerable: bool = False) -> Completed:
    found = (finding(path=path),) if vulnerable else ()
    return Completed(tool_version=version, rules=(rule(),), targets=(path,), findings=found)


def part(
    number: int,
    answer: Outcome | None = None,
    *,
    scan: str = "s",
    count: int = 3,
    checkov: LeftOutKind = LeftOutKind.NOTHING_TO_SCAN,
) -> tuple[str, ScanResult]:
    path = f"a{number}.py"
    given = answer if answer is not None else outcome(path)
    task = StaticTask(
        engine="bandit", stage=Stage.SAST, root=Path(), files=(SourceFile(path=path, size=0),)
    )
    run = EngineRun(engine="bandit", stage=Stage.SAST, outcome=given, started=0, seconds=number)
    shard = Shard(scan=scan, count=count, parts=(number,))
    elsewhere = LeftOut(engine="checkov", stage=Stage.IAC, kind=checkov, reason="elsewhere")
    return f"{number}.json", ScanResult(
        project="p",
        version="1",
        started=NOW,
        ended=NOW,
        plan=Plan(root=Path(), tasks=(task,), left_out=(elsewhere,), shard=shard),
        runs=(run,),
        findings=(),
        policy=POLICY,
        decision=Decision(verdict=GateVerdict.PASSED, reasons=()),
        catalogue={},
    )


def verdict(merged: Merged) -> GateVerdict:
    return decide((), merged.runs, merged.plan, POLICY).verdict


def faults(merged: Merged) -> str:
    return "; ".join(merged.plan.shard.faults) if merged.plan.shard else ""


def test_all_parts_make_a_whole() -> None:
    merged = merge([part(3), part(1), part(2)], TODAY)
    assert merged.plan.shard is None
    (task,) = merged.plan.tasks
    assert isinstance(task, StaticTask)
    assert [file.path for file in task.files] == ["a1.py", "a2.py", "a3.py"]
    (run,) = merged.runs
    assert isinstance(run.outcome, Completed)
    assert run.outcome.targets == ("a1.py", "a2.py", "a3.py")
    assert verdict(merged) is GateVerdict.PASSED


def test_a_missing_part_leaves_it_open() -> None:
    merged = merge([part(1), part(3)], TODAY)
    assert merged.plan.shard is not None
    assert merged.plan.shard.missing() == (2,)
    decision = decide((), merged.runs, merged.plan, POLICY)
    assert decision.verdict is GateVerdict.INCONCLUSIVE
    assert "of 3 shards these are missing: 2" in [reason.text for reason in decision.reasons]


def test_one_part_alone_never_passes() -> None:
    _, alone = part(1)
    assert decide((), alone.runs, alone.plan, POLICY).verdict is GateVerdict.INCONCLUSIVE
    assert verdict(merge([part(1)], TODAY)) is GateVerdict.INCONCLUSIVE


def test_a_foreign_part_is_left_out_and_named() -> None:
    merged = merge([part(1, scan="other"), part(2), part(3), part(1)], TODAY)
    assert "1.json is of another scan" in faults(merged)
    assert verdict(merged) is GateVerdict.INCONCLUSIVE
    (task,) = merged.plan.tasks
    assert isinstance(task, StaticTask)
    assert len(task.files) == 3


def test_a_part_that_is_there_twice_is_named() -> None:
    merged = merge([part(1), part(2), part(3), part(2)], TODAY)
    assert "shard 2 is there twice" in faults(merged)
    assert verdict(merged) is GateVerdict.INCONCLUSIVE


def test_versions_must_agree() -> None:
    merged = merge([part(1), part(2, outcome("a2.py", version="2")), part(3)], TODAY)
    assert "different versions of bandit: 1, 2" in faults(merged)


def test_an_engine_that_each_part_left_to_another_never_ran() -> None:
    elsewhere = LeftOutKind.OTHER_SHARD
    merged = merge([part(number, checkov=elsewhere) for number in (1, 2, 3)], TODAY)
    assert "checkov ran in none of the shards" in faults(merged)
    assert verdict(merged) is GateVerdict.INCONCLUSIVE
    # Before all are there, the one that has it may be yet to come.
    assert "none of the shards" not in faults(merge([part(1, checkov=elsewhere)], TODAY))


def test_an_engine_that_failed_in_one_part_keeps_what_the_others_found() -> None:
    failed = Failed(kind=FailureKind.TIMEOUT, reason="too slow")
    merged = merge([part(1, outcome("a1.py", vulnerable=True)), part(2, failed), part(3)], TODAY)
    (run,) = merged.runs
    assert isinstance(run.outcome, Completed)
    assert len(run.outcome.findings) == 1
    assert "bandit gave no answer in shard 2: too slow" in faults(merged)
    assert verdict(merged) is GateVerdict.INCONCLUSIVE


def test_an_engine_that_failed_everywhere_has_failed() -> None:
    failed = Failed(kind=FailureKind.MISSING, reason="not installed")
    merged = merge([part(number, failed) for number in (1, 2, 3)], TODAY)
    assert merged.runs[0].outcome == failed
    assert faults(merged) == ""
    excused = replace(POLICY, allow_missing=("bandit",))
    assert decide((), merged.runs, merged.plan, excused).verdict is GateVerdict.PASSED


def test_gaps_of_any_part_stay() -> None:
    gap = Gap(subject="a2.py", reason="broken")
    partial = Partial(tool_version="1", rules=(), targets=(), findings=(), gaps=(gap,))
    merged = merge([part(1), part(2, partial), part(3)], TODAY)
    (run,) = merged.runs
    assert isinstance(run.outcome, Partial)
    assert run.outcome.gaps == (gap,)


def test_the_result_of_a_whole_scan_is_refused() -> None:
    name, whole = part(1)
    whole = replace(whole, plan=replace(whole.plan, shard=None))
    with pytest.raises(InputError, match=r"1\.json is the result of a whole scan"):
        merge([(name, whole)], TODAY)
    with pytest.raises(InputError, match="nothing to merge"):
        merge([], TODAY)


def test_what_was_merged_in_part_can_be_completed() -> None:
    first = merge([part(1), part(2)], TODAY)
    name, result = part(1)
    half = replace(result, plan=first.plan, runs=first.runs)
    merged = merge([(name, half), part(3)], TODAY)
    assert merged.plan.shard is None
