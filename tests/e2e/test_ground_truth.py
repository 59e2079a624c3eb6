"""The gate against what the bundled endpoint declares of itself, through the real command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sample_endpoint.ground_truth import CodePlace, OperationPlace, Weakness, load_weaknesses
from tests.e2e.command import Done, processes_in, servegate

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
DECLARED = load_weaknesses()


@pytest.fixture(scope="module")
def vulnerable(tmp_path_factory: pytest.TempPathFactory) -> Done:
    out = tmp_path_factory.mktemp("vulnerable")
    return servegate("sample_endpoint/vulnerable", cwd=ROOT, out=out)


@pytest.fixture(scope="module")
def hardened(tmp_path_factory: pytest.TempPathFactory) -> Done:
    out = tmp_path_factory.mktemp("hardened")
    return servegate("sample_endpoint/hardened", cwd=ROOT, out=out)


def sources(done: Done) -> list[dict[str, Any]]:
    return [source for entry in done.result["findings"] for source in entry["sources"]]


def covers(weakness: Weakness, location: dict[str, Any]) -> bool:
    place = weakness.place
    if isinstance(place, OperationPlace):
        return place.covers(f"{location['method']} {location['path']}")
    assert isinstance(place, CodePlace)
    inside = location["start_line"] <= place.line <= location["end_line"]
    return location["path"] == place.file and inside


@pytest.mark.parametrize("weakness", DECLARED, ids=lambda weakness: weakness.id)
def test_every_declared_weakness_is_found_where_it_is(weakness: Weakness, vulnerable: Done) -> None:
    found = [row for row in sources(vulnerable) if row["rule_id"] == weakness.rule]
    assert any(covers(weakness, row["location"]) for row in found), [
        row["location"] for row in found
    ]


def test_the_vulnerable_posture_fails_and_says_why(vulnerable: Done) -> None:
    assert vulnerable.code == 1
    assert vulnerable.result["verdict"] == "failed"
    assert vulnerable.result["reasons"]
    for name in ("bandit", "semgrep", "checkov", "probes"):
        assert vulnerable.engine(name)["state"] == "completed", vulnerable.engine(name)


def test_the_hardened_posture_passes_with_everything_looked_at(hardened: Done) -> None:
    above = [e for e in hardened.result["findings"] if e["severity"] != "info"]
    assert above == []
    assert hardened.code == 0
    for name in ("bandit", "semgrep", "checkov", "probes"):
        assert hardened.engine(name)["state"] == "completed", hardened.engine(name)


def test_every_dynamic_finding_carries_its_proof(vulnerable: Done) -> None:
    dynamic = [row for row in sources(vulnerable) if row["engine"] == "probes"]
    assert dynamic
    for row in dynamic:
        (proof,) = row["evidence"]
        assert proof["oracle"]
        assert proof["exchanges"]
        assert proof["replay"].startswith("curl ")


def test_no_process_is_left(vulnerable: Done, hardened: Done) -> None:
    assert vulnerable.code == 1
    assert hardened.code == 0
    assert not [line for line in processes_in(ROOT) if "sample_endpoint.v" in line]
    assert not [line for line in processes_in(ROOT) if "sample_endpoint.h" in line]


def test_code_and_its_live_proof_are_one_attack_path(vulnerable: Done, hardened: Done) -> None:
    paths = {path["operation"]: path for path in vulnerable.result["attack_paths"]}
    (proof,) = [part for part in paths["GET /v1/jobs"]["parts"] if part["role"] == "proof"]
    assert proof["rule_id"] == "dast/sql-injection"
    assert paths["GET /v1/jobs"]["fix"]["path"] == "jobs.py"
    listed = {entry["fingerprint"] for entry in vulnerable.result["findings"]}
    for path in paths.values():
        assert {part["fingerprint"] for part in path["parts"]} <= listed
    assert "Attack paths" in (vulnerable.out / "summary.md").read_text()
    assert "Attack paths" in (vulnerable.out / "report.html").read_text()
    assert hardened.result["attack_paths"] == []
