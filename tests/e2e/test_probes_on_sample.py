"""The engine `probes` on both postures of the bundled endpoint, started as a scan starts them."""

from __future__ import annotations

import os
import threading
from functools import cache
from pathlib import Path

import pytest

import sample_endpoint
from sample_endpoint.ground_truth import OperationPlace, Weakness, load_weaknesses
from scanner.config import load_settings
from scanner.engines.dast.engine import Probes
from scanner.model.evidence import Proof
from scanner.model.finding import Finding
from scanner.model.location import EndpointLocation
from scanner.model.outcome import Completed, Partial, Verdict
from scanner.model.plan import DynamicTask
from scanner.model.protocols import ScanContext
from scanner.model.severity import Severity, Stage
from scanner.target import target_of

pytestmark = pytest.mark.e2e

WEAKNESSES = tuple(one for one in load_weaknesses() if one.engine == "dast")


@cache
def scanned(posture: str) -> Completed | Partial:
    """The outcome of one scan of a posture; the tests share it."""
    folder = Path(sample_endpoint.__file__).parent / posture
    target = target_of(load_settings(folder / "servegate.toml", {}), folder, os.environ)
    assert target is not None
    return Probes().scan(
        DynamicTask(engine="probes", stage=Stage.DAST, root=folder, target=target),
        ScanContext(progress=lambda _text: None, cancelled=threading.Event()),
    )


def operation_of(finding: Finding) -> str:
    assert isinstance(finding.location, EndpointLocation)
    return f"{finding.location.method} {finding.location.path}"


@pytest.mark.parametrize("weakness", WEAKNESSES, ids=lambda weakness: weakness.id)
def test_weakness_is_found_at_its_operation_with_proof(weakness: Weakness) -> None:
    assert isinstance(weakness.place, OperationPlace)
    found = [
        one
        for one in scanned("vulnerable").findings
        if one.rule_id == weakness.rule and weakness.place.covers(operation_of(one))
    ]
    assert found
    for proof in (one for finding in found for one in finding.evidence):
        assert isinstance(proof, Proof)
        assert proof.exchanges
        assert proof.oracle
        assert proof.replay.startswith("curl ")


def test_no_secret_is_kept_in_the_evidence() -> None:
    leak = [one for one in scanned("vulnerable").findings if one.rule_id.endswith("data-exposure")]
    bodies = [
        exchange.response.body
        for one in leak
        for proof in one.evidence
        if isinstance(proof, Proof)
        for exchange in proof.exchanges
        if exchange.response
    ]
    assert bodies
    assert all('"upstream_token":"[redacted]"' in body.replace(" ", "") for body in bodies)


def test_hardened_posture_is_tested_and_clean() -> None:
    outcome = scanned("hardened")
    assert isinstance(outcome, Completed)
    assert [one for one in outcome.findings if one.severity > Severity.INFO] == []
    held = {one.rule_id for one in outcome.assessments if one.verdict is Verdict.HELD}
    # The listener is not called there, so nothing can be seen of how its answer is taken.
    planted = {one.rule for one in WEAKNESSES} - {"dast/unsafe-upstream-consumption"}
    assert planted <= held


def test_vulnerable_posture_is_tested_to_the_end() -> None:
    outcome = scanned("vulnerable")
    assert isinstance(outcome, Completed)
    assert outcome.requests < 850
