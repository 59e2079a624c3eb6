"""The configuration that `servegate init` writes is one that `servegate scan` reads."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.config import load_settings

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
COMMENTED = re.compile(r"^# (?=\[|[a-z_]+ = )", re.MULTILINE)


@pytest.fixture(params=["", APP], ids=["nothing", "FastAPI"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param:
        (tmp_path / "app.py").write_text(request.param)
    argv = [sys.executable, "-m", "scanner", "init"]
    subprocess.run(argv, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    return tmp_path / "servegate.toml"


def test_it_is_read_as_it_is(written: Path) -> None:
    load_settings(written, {})


def test_everything_that_it_proposes_is_read_too(written: Path) -> None:
    written.write_text(COMMENTED.sub("", written.read_text()))
    settings = load_settings(written, {})
    assert settings.endpoint is not None
    assert [one.name for one in settings.endpoint.identities] == ["alice", "bob", "admin"]
    assert "{prompt}" in str(settings.endpoint.llm.chats[0].request)
