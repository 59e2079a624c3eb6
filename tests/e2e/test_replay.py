"""A finding is tried again in seconds: that is how a fix is checked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.command import Done, run, servegate

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Done:
    out = tmp_path_factory.mktemp("out")
    return servegate("sample_endpoint/vulnerable", "--only", "probes", cwd=ROOT, out=out)


def replay(scanned: Done, fingerprint: str, posture: str) -> Done:
    argv = [sys.executable, "-m", "scanner", "replay", fingerprint]
    where = ["--path", f"sample_endpoint/{posture}", "--result", str(scanned.out / "result.json")]
    return run([*argv, *where], ROOT, scanned.out)


@pytest.mark.parametrize(
    ("rule", "operation"),
    [
        ("dast/broken-object-authorization", "GET /v1/jobs/{job_id}"),
        ("dast/mass-assignment", "PATCH /v1/me"),
        ("dast/reflected-cors-origin", "GET /v1/admin/audit"),
    ],
)
def test_it_holds_until_it_is_mended(scanned: Done, rule: str, operation: str) -> None:
    (fingerprint,) = [
        entry["fingerprint"]
        for entry in scanned.result["findings"]
        if entry["rule_id"] == rule
        and f"{entry['location']['method']} {entry['location']['path']}" == operation
    ]
    still = replay(scanned, fingerprint, "vulnerable")
    assert still.code == 1
    assert "Still holds: " in still.stdout
    assert "curl -sS -i" in still.stdout
    mended = replay(scanned, fingerprint.removeprefix("v1:")[:12], "hardened")
    assert mended.code == 0, mended.text
    assert "No longer holds" in mended.stdout


def test_an_unknown_fingerprint_is_one_line(scanned: Done) -> None:
    done = replay(scanned, "v1:0000", "vulnerable")
    assert done.code == 2
    assert "has no finding v1:0000" in done.stderr
