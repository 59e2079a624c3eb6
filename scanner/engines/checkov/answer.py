"""Checkov's JSON as it prints it, in any of its three shapes."""

from __future__ import annotations

import json

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from scanner.model.errors import ToolCrashed, ToolUnreadable


class CheckResult(BaseModel):
    """Passed, failed or skipped, with the skip comment's reason."""

    result: str
    suppress_comment: str | None = None


class Row(BaseModel):
    """One check on one resource."""

    check_id: str
    check_name: str
    check_result: CheckResult
    file_abs_path: str
    file_line_range: tuple[int, int]
    resource: str
    details: tuple[object, ...] | None = ()


class Results(BaseModel):
    """All rows of one framework, and the files that it could not parse."""

    passed_checks: tuple[Row, ...] = ()
    failed_checks: tuple[Row, ...] = ()
    skipped_checks: tuple[Row, ...] = ()
    parsing_errors: tuple[str, ...] = ()

    def rows(self) -> tuple[Row, ...]:
        """The rows of every result."""
        return (*self.passed_checks, *self.failed_checks, *self.skipped_checks)


class _Summary(BaseModel):
    checkov_version: str


class Report(BaseModel):
    """What one framework found; `check_type` is its name."""

    check_type: str
    results: Results
    summary: _Summary


class _Nothing(BaseModel):
    """What Checkov prints when it saw no resource at all: a bare summary."""

    model_config = ConfigDict(extra="ignore")

    checkov_version: str
    resource_count: int
    failed: int = Field(ge=0, le=0)


_Document: TypeAdapter[list[Report] | Report | _Nothing] = TypeAdapter(
    list[Report] | Report | _Nothing
)


def read(stdout: bytes, code: int, stderr: str) -> tuple[str, list[Report]]:
    """Checkov's version and its reports. Raises `ToolUnreadable` or `ToolCrashed`."""
    try:
        document = _Document.validate_json(_json_part(stdout))
    except ValidationError as error:
        if code not in (0, 1):
            raise ToolCrashed(f"checkov ended with exit code {code}", stderr) from error
        raise ToolUnreadable(f"checkov's answer is not its JSON ({len(stdout)} bytes)") from error
    match document:
        case _Nothing(checkov_version=version):
            return version, []
        case Report():
            return document.summary.checkov_version, [document]
        case _:
            return document[0].summary.checkov_version if document else "unknown", document


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
