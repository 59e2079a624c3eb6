"""The tables of `rules/`: what engines report is known, weighed and well-formed."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RULES = Path(__file__).parents[2] / "rules"
SEVERITIES = {"critical", "high", "medium", "low", "info"}


def load(name: str) -> dict[str, Any]:
    return tomllib.loads((RULES / name).read_text(encoding="utf-8"))


BANDIT = load("bandit.toml")
ZIZMOR = load("zizmor.toml")
CHECKOV = {key: row for key, row in load("checkov.toml").items() if key != "defaults"}


def assert_ids(row: dict[str, Any]) -> None:
    assert row["severity"] in SEVERITIES
    assert row["cwe"]
    assert row["controls"]
    assert all(re.fullmatch(r"CWE-[1-9]\d*", cwe) for cwe in row["cwe"])
    assert all(re.fullmatch(r"[A-Z]+(-[A-Z0-9]+)+", control) for control in row["controls"])
    owasp = r"API([1-9]|10):2023|LLM(0[1-9]|10):20(25|26)"
    assert all(re.fullmatch(owasp, entry) for entry in row["owasp"])
    assert row["remediation"].strip().endswith(".") or "\n    " in row["remediation"]


@pytest.mark.filterwarnings("ignore:The verify_requirements argument:DeprecationWarning")
def test_bandit_table_covers_the_installed_tests() -> None:
    # Loading the plugins makes Bandit warn about its own use of stevedore: hence not at the top.
    from bandit.core import extension_loader

    manager = extension_loader.MANAGER
    installed = {plugin.plugin._test_id for plugin in manager.plugins}
    installed |= {entry["id"] for rows in manager.blacklist.values() for entry in rows}
    assert set(BANDIT) == installed


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, id=name) for table in (BANDIT, ZIZMOR) for name, row in table.items()],
)
def test_curated_row_is_whole(row: dict[str, Any]) -> None:
    keys = {"title", "enabled", "severity", "confidence", "cwe", "owasp", "controls"}
    keys |= {"rationale", "remediation", "references"}
    assert set(row) - {"reason", "second"} == keys
    assert_ids(row)
    assert row["confidence"] in {"firm", "tentative"}
    assert row["enabled"] is ("reason" not in row), "what is off says why, what is on needs not"
    assert row["title"].strip()
    assert row["rationale"].strip().endswith(".")
    assert all(reference.startswith("https://") for reference in row["references"])


@pytest.mark.parametrize("check_id", sorted(CHECKOV))
def test_checkov_row_is_whole(check_id: str) -> None:
    assert re.fullmatch(r"CKV2?_[A-Z0-9]+_\d+", check_id)
    row = CHECKOV[check_id]
    assert set(row) == {"severity", "cwe", "owasp", "controls", "remediation"}
    assert_ids(row)


def test_checkov_defaults_are_severities() -> None:
    defaults = load("checkov.toml")["defaults"]
    assert {"terraform", "kubernetes"} <= set(defaults)
    assert set(defaults.values()) <= SEVERITIES


@pytest.mark.parametrize(
    ("check_id", "expected"),
    [
        ("CKV_K8S_16", {"critical", "high"}),  # privileged container
        ("CKV_AWS_277", {"critical", "high"}),  # every port open to the world
        ("CKV_AWS_57", {"critical", "high"}),  # bucket that everyone may write
        ("CKV_AWS_45", {"critical", "high"}),  # secret in a function's environment
        ("CKV_AWS_19", {"medium"}),  # encryption at rest
        ("CKV_K8S_21", {"low", "info"}),  # hygiene
    ],
)
def test_checkov_weights_follow_the_endpoint(check_id: str, expected: set[str]) -> None:
    assert CHECKOV[check_id]["severity"] in expected


def test_cwe_families_do_not_overlap() -> None:
    families = load("cwe_families.toml")["families"]
    counts = Counter(cwe for members in families.values() for cwe in members)
    assert [cwe for cwe, count in counts.items() if count > 1] == []
    assert all(isinstance(cwe, int) and cwe > 0 for cwe in counts)


def test_evaluation_and_unpickling_stay_apart() -> None:
    families = load("cwe_families.toml")["families"]
    of = {cwe: name for name, members in families.items() for cwe in members}
    assert of[95] == of[94]
    assert of[502] not in {of[95], of[78], of[1336]}
