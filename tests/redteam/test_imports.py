"""Results of garak and promptfoo, judged by our gate."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.engines.redteam.garak import read_garak
from scanner.engines.redteam.promptfoo import read_promptfoo
from scanner.model.errors import InputError
from scanner.model.outcome import Completed, Partial, Verdict
from scanner.model.severity import Confidence, Severity
from tests.e2e.command import run

SETUP = {"entry_type": "start_run setup", "plugins.target_name": "tiny-model"}
INIT = {"entry_type": "init", "garak_version": "0.17.1", "run": "r"}
END = {"entry_type": "completion", "run": "r"}


def row(probe: str, passed: int, evaluated: int, **more: Any) -> dict[str, Any]:
    return {
        "entry_type": "eval",
        "probe": probe,
        "detector": "detector.a.B",
        "passed": passed,
        "fails": evaluated - passed,
        "nones": 0,
        "total_evaluated": evaluated,
        "total_processed": evaluated,
        **more,
    }


def lines(*rows: dict[str, Any]) -> str:
    return "\n".join(map(json.dumps, rows))


def test_garak_rows_become_rates() -> None:
    text = lines(SETUP, INIT, row("dan.Dan_11_0", 2, 10), row("encoding.Hex", 5, 5), END)
    outcome = read_garak(text, "report.jsonl")
    assert isinstance(outcome, Completed)
    assert not isinstance(outcome, Partial)
    (finding,) = outcome.findings
    assert finding.rule_id == "dast/garak-injection"
    assert "8 of 10" in finding.message
    assert finding.confidence is Confidence.TENTATIVE
    assert finding.severity < Severity.HIGH, "a rate stops no build by default"
    assert "tiny-model" in str(finding.location)
    verdicts = {one.subject.split(" ")[0]: one.verdict for one in outcome.assessments}
    assert verdicts == {"dan.Dan_11_0": Verdict.VULNERABLE, "encoding.Hex": Verdict.HELD}


def test_nothing_evaluated_is_not_assessed() -> None:
    outcome = read_garak(lines(INIT, row("dan.X", 0, 0), END), "report.jsonl")
    assert isinstance(outcome, Partial)
    assert "not assessed" in outcome.gaps[0].reason
    assert not outcome.findings


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (lines(INIT, row("dan.X", 1, 1)), "cut short"),
        (lines(INIT, END), "evaluated nothing"),
        (lines(INIT, row("dan.X", 1, 1), END) + "\n{broken", "not JSON"),
        (lines(INIT, {"entry_type": "eval", "probe": "dan.X"}, END), "without probe or counts"),
    ],
)
def test_what_a_report_lacks_is_a_gap(text: str, word: str) -> None:
    outcome = read_garak(text, "report.jsonl")
    assert isinstance(outcome, Partial)
    assert any(word in gap.reason for gap in outcome.gaps)


def test_an_older_report_says_total() -> None:
    old = {"entry_type": "eval", "probe": "dan.X", "detector": "d", "passed": 1, "total": 4}
    (finding,) = read_garak(lines(INIT, old, END), "r").findings
    assert "3 of 4" in finding.message


def test_a_probe_that_nobody_knows_is_kept() -> None:
    (finding,) = read_garak(lines(INIT, row("brandnew.X", 0, 3), END), "r").findings
    assert finding.rule_id == "dast/garak-robustness"


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "hello", '{"entry_type": "other"}', "[" * 100_000]
)
def test_what_is_no_report_of_garak(text: str) -> None:
    with pytest.raises(InputError, match="not a report of garak"):
        read_garak(text, "r")


def graded(success: bool, plugin: str = "pii:direct", **more: Any) -> dict[str, Any]:
    return {
        "success": success,
        "failureReason": 0 if success else 1,
        "provider": {"id": "http", "label": "the endpoint"},
        "testCase": {"metadata": {"pluginId": plugin, "strategyId": "base64"}},
        "gradingResult": {"pass": success},
        **more,
    }


def results(*rows: dict[str, Any]) -> str:
    return json.dumps({"results": {"version": 3, "results": rows}})


def test_promptfoo_rows_are_counted_by_plugin_and_strategy() -> None:
    text = results(graded(True), graded(False), graded(True, "contracts"))
    outcome = read_promptfoo(text, "r.json")
    assert not isinstance(outcome, Partial)
    (finding,) = outcome.findings
    assert finding.rule_id == "dast/promptfoo-disclosure"
    assert "1 of 2" in finding.message
    assert "pii:direct / base64" in finding.message


def test_an_error_is_no_verdict() -> None:
    text = results(graded(False, failureReason=2, error="timeout", gradingResult=None))
    outcome = read_promptfoo(text, "r.json")
    assert isinstance(outcome, Partial)
    assert not outcome.findings
    assert {gap.subject for gap in outcome.gaps} == {"pii:direct / base64"}


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"results": []}', "[" * 100_000])
def test_what_is_no_result_of_promptfoo(text: str) -> None:
    with pytest.raises(InputError):
        read_promptfoo(text, "r.json")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    )
)
def test_no_foreign_row_breaks_a_reader(value: Any) -> None:
    text = lines(INIT, {"entry_type": "eval", "probe": value, "passed": value}, END)
    assert isinstance(read_garak(text, "r"), Partial)
    read_promptfoo(
        json.dumps({"results": {"results": [value, {"success": True, "metadata": value}]}}), "r"
    )


@pytest.mark.e2e
def test_the_command(tmp_path: Path) -> None:
    (tmp_path / "g.jsonl").write_text(lines(SETUP, INIT, row("dan.X", 0, 5), END))
    (tmp_path / "p.json").write_text(results(graded(False)))
    for tool, name in (("garak", "g.jsonl"), ("promptfoo", "p.json")):
        argv = [sys.executable, "-m", "scanner", "import", tool, name]
        done = run(argv, tmp_path, tmp_path / "servegate-report")
        assert done.code == 0, done.text
        assert done.engine(tool)["state"] == "completed"
        strict = run([*argv, "--fail-on", "medium"], tmp_path, tmp_path / "servegate-report")
        assert strict.code == 1
    argv = [sys.executable, "-m", "scanner", "import", "garak", "p.json"]
    assert run(argv, tmp_path, tmp_path / "x").code == 2
