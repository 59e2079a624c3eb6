"""Checkov's JSON as it prints it, in any of its three shapes."""

from __future__ import annotations

import json
from typing import Literal

from scanner.model.documents import read_document
from scanner.model.errors import ToolCrashed, ToolUnreadable
from scanner.model.values import Value


class CheckResult(Value):
    """Passed, failed or skipped, with the skip comment's reason."""

    result: str
    suppress_comment: str | None = None


class Row(Value):
    """One check on one resource."""

    check_id: str
    check_name: str
    check_result: CheckResult
    file_abs_path: str
    file_line_range: tuple[int, int]
    resource: str
    details: tuple[object, ...] | None = ()


class Results(Value):
    """All rows of one framework, and the files that it could not parse."""

    passed_checks: tuple[Row, ...] = ()
    failed_checks: tuple[Row, ...] = ()
    skipped_checks: tuple[Row, ...] = ()
    parsing_errors: tuple[str, ...] = ()

    def rows(self) -> tuple[Row, ...]:
        """The rows of every result."""
        return (*self.passed_checks, *self.failed_checks, *self.skipped_checks)


class _Summary(Value):
    checkov_version: str


class Report(Value):
    """What one framework found; `check_type` is its name."""

    check_type: str
    results: Results
    summary: _Summary


class _Nothing(Value):
    """What Checkov prints when it saw no resource at all: a bare summary."""

    checkov_version: str
    resource_count: int
    failed: Literal[0]


def read(stdout: bytes, code: int, stderr: str) -> tuple[str, list[Report]]:
    """Checkov's version and its reports. Raises `ToolUnreadable` or `ToolCrashed`."""
    try:
        document = json.loads(_json_part(stdout))
        if isinstance(document, dict) and "results" not in document:
            return read_document(_Nothing, document).checkov_version, []
        listed = document if isinstance(document, list) else [document]
        reports = read_document(list[Report], listed)
    except (ValueError, RecursionError) as error:
        if code not in (0, 1):
            raise ToolCrashed(f"checkov ended with exit code {code}", stderr) from error
        raise ToolUnreadable(f"checkov's answer is not its JSON ({len(stdout)} bytes)") from error
    return reports[0].summary.checkov_version if reports else "unknown", reports


def _json_part(stdout: bytes) -> bytes:
    """The JSON in what Checkov printed; a banner or a warning may stand before it."""
    text = stdout.lstrip()
    if text[:1] in (b"{", b"["):
        return text
    for mark in (b"\n{", b"\n["):
        at = text.find(mark)
        if at >= 0 and _is_json(text[at:]):
            return text[at:]
    return text


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
