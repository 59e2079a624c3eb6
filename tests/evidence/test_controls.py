"""The control catalogue is complete, and it and the rules fit together."""

from __future__ import annotations

import csv
import io
import re

import pytest

from scanner.cli.rules import all_rules
from scanner.cli.wiring import SPECS
from scanner.evidence.controls import read_controls
from scanner.evidence.judge import assess
from scanner.evidence.model import Control, ControlStatus, Strength
from scanner.evidence.tables import controls as table

CONTROLS = read_controls()
RULES = all_rules()
NAMED = {word for rule in RULES for word in rule.controls}
STANDARDS = {
    "cwe": r"CWE-\d+",
    "owasp-api-2023": r"API\d+:2023",
    "owasp-llm-2025": r"LLM\d\d:2025",
    "owasp-llm-2026": r"LLM\d\d:2026",
    "nist-ai-rmf-1.0": r"(GOVERN|MAP|MEASURE|MANAGE) \d+(\.\d+)?",
    "nist-ai-600-1": r"(GV|MP|MS|MG)-\d+\.\d+-\d{3}",
    "nist-800-53-r5": r"[A-Z]{2}-\d+(\(\d+\))?",
    "iso-27001-2022": r"A\.[5-8]\.\d+",
    "iso-42001-2023": r"(A\.)?\d+(\.\d+)*",
    "soc2-tsc": r"[A-Z]+\d+\.\d+",
    "gdpr": r"\d+(\.\d+)*(\.[a-z])?",
    "eu-ai-act": r"\d+(\.\d+)*(\.[a-z])?",
}


def test_there_are_43_controls_with_ids_of_their_own() -> None:
    assert len({control.id for control in CONTROLS}) == len(CONTROLS) == 43


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_a_control_is_complete(control: Control) -> None:
    assert re.fullmatch(r"[A-Z]+(-[A-Z0-9]+)*-\d", control.id)
    assert control.title
    assert control.passes
    assert control.maps
    for standard, ids in control.maps:
        assert ids
        wrong = [word for word in ids if not re.fullmatch(STANDARDS[standard], word)]
        assert wrong == [], standard
    text = f"{control.title} {control.passes} {control.limits}".lower()
    assert "satisf" not in text
    assert "complian" not in text


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_what_a_control_needs_exists_and_bears_on_it(control: Control) -> None:
    named = {str(rule.id) for rule in RULES if control.id in rule.controls}
    engines = {spec.name for spec in SPECS}
    own = {"pack/run-record", "pack/signed-manifest"}
    for need in control.needs:
        assert need
        for word in need:
            assert word in engines | own | named, f"{word} is no engine and names not {control.id}"


def test_every_control_that_a_rule_names_exists() -> None:
    assert {control.id for control in CONTROLS} >= NAMED


def test_the_controls_without_a_rule_are_known() -> None:
    silent = [control.id for control in CONTROLS if control.id not in NAMED]
    assert silent == ["BREACH-1", "LLM-REFUSE-1", "EVID-1"]


def test_declared_and_judged_controls_need_nothing_and_so_are_never_supported() -> None:
    for control in CONTROLS:
        if control.strength in (Strength.DECLARED, Strength.JUDGED):
            assert control.needs == (), control.id


def test_without_any_observation_no_control_is_assessed() -> None:
    assessed = assess(CONTROLS, RULES, ())
    assert [one.control for one in assessed] == list(CONTROLS)
    assert {one.status for one in assessed} == {ControlStatus.NOT_ASSESSED}
    assert all(one.reasons for one in assessed)


def test_the_table_has_a_row_for_each_control() -> None:
    rows = list(csv.DictReader(io.StringIO(table(assess(CONTROLS, RULES, ())))))
    assert [row["control"] for row in rows] == [control.id for control in CONTROLS]
    assert {row["status"] for row in rows} == {"not assessed"}
