"""A whole scan of the bundled endpoint with a full ZAP, where one is at hand.

`ZAP_HOME` must name a release: the core that can be assembled freely has neither rules of attack
nor the OpenAPI import.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner.config import load_settings
from scanner.engines.zap import Zap
from scanner.engines.zap.find import Installed
from scanner.engines.zap.options import ZapOptions
from scanner.model.protocols import ScanContext
from scanner.model.severity import Severity
from scanner.target import target_of
from tests.zap.conftest import ROOT, task_of

pytestmark = pytest.mark.e2e
NEEDED = ("openapi", "ascanrules", "pscanrules", "replacer")


@pytest.fixture
def full(place: Installed) -> ZapOptions:
    """Options for a full ZAP, or the reason why this is none."""
    missing = [name for name in NEEDED if not place.has_addon(name)]
    if missing and os.environ.get("ZAP_HOME"):
        pytest.fail(f"ZAP_HOME names no full release: it lacks {', '.join(missing)}")
    if missing:
        pytest.skip(
            "needs an official release of ZAP, which no package repository has (the core that "
            f"Maven gives lacks {', '.join(missing)}); the job zap of ci.yml installs one"
        )
    return ZapOptions(home=str(place.home), memory_mb=1024, max_seconds=600)


@pytest.mark.parametrize("posture", ["vulnerable", "hardened"])
def test_a_whole_scan(full: ZapOptions, posture: str, context: ScanContext, tmp_path: Path) -> None:
    folder = ROOT / "sample_endpoint" / posture
    settings = load_settings(folder / "servegate.toml", {})
    target = target_of(settings, folder, {})
    assert target is not None
    outcome = Zap(full).scan(task_of(replace(target, start_timeout=60), tmp_path), context)
    assert len(outcome.targets) > 5
    assert outcome.requests > 100
    serious = [one for one in outcome.findings if one.severity >= Severity.HIGH]
    if posture == "hardened":
        assert serious == []
    else:
        assert outcome.findings
    secrets = {one.secret for one in target.identities}
    assert not [secret for secret in secrets if secret in repr(outcome)]
