"""servegate over its own repository, by its strictest policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import servegate

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]


def test_the_project_passes_its_own_gate(tmp_path: Path) -> None:
    config = ROOT / ".github" / "gate.toml"
    done = servegate(ROOT, "--config", config, cwd=tmp_path)
    assert done.code == 0, done.text
    assert done.result["policy"]["name"] == "strict"
    looked = {row["name"] for row in done.result["engines"] if row["state"] == "completed"}
    assert looked >= {"bandit", "semgrep", "checkov", "manifests", "secrets", "zizmor", "probes"}
