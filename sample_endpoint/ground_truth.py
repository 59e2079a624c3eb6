"""Reads `weaknesses.toml`: what a scan of the vulnerable posture must find, and where."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent
ANY_OPERATION = "*"

Engine = Literal["bandit", "semgrep", "checkov", "dast"]

_MARKER = re.compile(r"#\s*weakness:\s*(?P<ids>[a-z0-9-]+(?:,\s*[a-z0-9-]+)*)\s*$")
_TEXT_FIELDS = ("id", "title", "posture", "cwe", "engine", "rule")
_FIELDS = {*_TEXT_FIELDS, "owasp", "operation", "file"}


class GroundTruthError(Exception):
    """The declarations are malformed, or code and declarations disagree."""


@dataclass(frozen=True, slots=True)
class CodePlace:
    """A marked line; `file` is relative to the posture's folder, `line` counts from 1."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class OperationPlace:
    """An operation such as `GET /v1/jobs/{job_id}`, or `*` for any."""

    operation: str

    def covers(self, operation: str) -> bool:
        """Say whether a finding at `operation` is at this place."""
        return self.operation in (ANY_OPERATION, operation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    """One planted weakness, and the engine and rule that must see it."""

    id: str
    title: str
    posture: str
    place: CodePlace | OperationPlace
    owasp: tuple[str, ...]
    cwe: str
    engine: Engine
    rule: str


def load_weaknesses(folder: Path = FOLDER) -> tuple[Weakness, ...]:
    """Return every declared weakness, in the order of the file.

    `folder` holds `weaknesses.toml` and the posture folders. Raises `GroundTruthError` for a
    malformed declaration, a repeated id, and a marker that is missing, repeated or undeclared.
    """
    document = tomllib.loads((folder / "weaknesses.toml").read_text(encoding="utf-8"))
    markers = find_markers(folder)
    weaknesses = tuple(_read(record, markers) for record in document.get("weakness", []))
    ids = [weakness.id for weakness in weaknesses]
    repeated = {one for one in ids if ids.count(one) > 1}
    if repeated:
        raise GroundTruthError(f"declared more than once: {', '.join(sorted(repeated))}")
    marked = {w.id for w in weaknesses if isinstance(w.place, CodePlace)}
    if markers.keys() - marked:
        raise GroundTruthError(
            f"marked, not declared: {', '.join(sorted(markers.keys() - marked))}"
        )
    return weaknesses


def find_markers(folder: Path = FOLDER) -> dict[str, tuple[str, int]]:
    """Return file (relative to `folder`) and line of every `weakness: <id>` comment, by id."""
    markers: dict[str, tuple[str, int]] = {}
    for path in sorted(folder.glob("vulnerable/**/*")):
        if path.suffix not in {".py", ".tf", ".yaml"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            found = _MARKER.search(line)
            for one in re.split(r",\s*", found["ids"]) if found else []:
                if one in markers:
                    raise GroundTruthError(f"marked more than once: {one}")
                markers[one] = (path.relative_to(folder).as_posix(), number)
    return markers


def _read(record: object, markers: dict[str, tuple[str, int]]) -> Weakness:
    if not isinstance(record, dict) or not all(
        isinstance(record.get(k), str) for k in _TEXT_FIELDS
    ):
        raise GroundTruthError(f"a weakness needs the texts {', '.join(_TEXT_FIELDS)}: {record}")
    name = record["id"]
    if record.keys() - _FIELDS or ("file" in record) == ("operation" in record):
        raise GroundTruthError(f"{name}: needs file or operation, and no unknown field")
    if record["engine"] not in get_args(Engine):
        raise GroundTruthError(f"{name}: unknown engine {record['engine']}")
    return Weakness(
        id=name,
        title=record["title"],
        posture=record["posture"],
        place=_code_place(record, markers) if "file" in record else _operation_place(record),
        owasp=tuple(record.get("owasp", ())),
        cwe=record["cwe"],
        engine=record["engine"],
        rule=record["rule"],
    )


def _operation_place(record: dict[str, str]) -> OperationPlace:
    return OperationPlace(record["operation"])


def _code_place(record: dict[str, str], markers: dict[str, tuple[str, int]]) -> CodePlace:
    file, line = markers.get(record["id"], (None, 0))
    if file != record["file"]:
        raise GroundTruthError(f"{record['id']}: no marker in {record['file']}")
    return CodePlace(file=Path(file).relative_to(record["posture"]).as_posix(), line=line)
