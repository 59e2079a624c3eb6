"""`UPDATE_GOLDEN=1 pytest tests/reporters` writes the golden files anew."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


@pytest.fixture
def golden() -> Callable[[Path, str], None]:
    """Compare a text with a committed file, byte by byte."""
    update = os.environ.get("UPDATE_GOLDEN") == "1"

    def same(path: Path, text: str) -> None:
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8"))
        known = path.read_bytes().decode("utf-8")
        changes = difflib.unified_diff(
            known.splitlines(), text.splitlines(), "committed", "rendered", lineterm="", n=1
        )
        assert known == text, "\n".join(list(changes)[:60])

    return same
