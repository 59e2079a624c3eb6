"""Reads the result of an earlier scan."""

from __future__ import annotations

from pathlib import Path

from scanner.cli.output import uncollected
from scanner.model.errors import InputError
from scanner.model.scan import ScanResult
from scanner.reporters import json_v1


def load_result(result: Path) -> ScanResult:
    """Read a result.json. Raises `InputError`."""
    try:
        text = result.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"{result}: can't be read: {why.lower()}") from error
    with uncollected():
        return json_v1.load(text)
