"""A tool that is older than our rules ask for is a gap, and no other one is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scanner.engines._versions import OLDEST, too_old

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_the_package_asks_for_the_same() -> None:
    asked = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["dependencies"]
    assert {f"{tool}>={version}" for tool, version in OLDEST.items()} <= set(asked)


@pytest.mark.parametrize("version", ["1.9.3", "1.9", "0.0.1", "1.9.3.dev1", "1"])
def test_older(version: str) -> None:
    assert "older than 1.9.4" in too_old("bandit", version)


@pytest.mark.parametrize("version", ["1.9.4", "1.9.4.post1", "1.10", "2", "unknown", "", "9" * 99])
def test_not_older_or_nobody_knows(version: str) -> None:
    assert too_old("bandit", version) == ""
    assert too_old("manifests", "0.1") == ""
