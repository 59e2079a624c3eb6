"""Baselines: `servegate baseline write`, and reading one from a file or out of git."""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from scanner import __version__
from scanner.baseline import known_weakness
from scanner.cli.output import write_text
from scanner.model.decision import Status, Triaged
from scanner.model.documents import Document, DocumentFault, read_document
from scanner.model.errors import InputError
from scanner.model.finding import Fingerprint
from scanner.model.history import Baseline, KnownWeakness
from scanner.model.rule import RuleId
from scanner.model.scan import ScanResult
from scanner.model.severity import Severity

_SCHEMA = "servegate/baseline/v1"
GIT_PREFIX = "git:"


class _Entry(Document):
    fingerprints: Annotated[tuple[str, ...], Meta(min_length=1)]
    likenesses: tuple[str, ...]
    rule_id: str
    engines: tuple[str, ...]
    severity: Literal["critical", "high", "medium", "low", "info"]
    path: str
    place: str
    message: str


class _Document(Document, kw_only=True):
    schema_: Literal["servegate/baseline/v1"] = msgspec.field(name="schema")
    servegate: str
    written: date
    commit: str = ""
    findings: tuple[_Entry, ...]


def run_baseline_write(result: Path, out: Path) -> int:
    """Keep what a scan found as known. Raises `ServegateError`."""
    from scanner.cli.load import load_result

    scan = load_result(result)
    if scan.plan.limited:
        raise InputError(
            f"{result} is of a scan with --changed-since, which did not look at everything: "
            "scan without it, then write the baseline"
        )
    kept = baseline_entries(scan.findings)
    write_text(out, baseline_text(kept, scan))
    left = len(scan.findings) - len(kept)
    waived = f"; {left} suppressed left out" if left else ""
    sys.stdout.write(f"{out}: {len(kept)} known findings{waived}\n")
    return 0


def baseline_entries(findings: tuple[Triaged, ...]) -> tuple[KnownWeakness, ...]:
    """What a baseline keeps: all but the suppressed, whose acceptance ends by itself."""
    return tuple(
        known_weakness(entry.group) for entry in findings if entry.status is not Status.SUPPRESSED
    )


def baseline_text(kept: tuple[KnownWeakness, ...], scan: ScanResult) -> str:
    """The file: one finding a line, in a stable order, so that its changes can be reviewed."""
    rows = sorted(
        json.dumps(
            {
                "rule_id": known.rule_id,
                "place": known.place,
                "severity": known.severity.label,
                "path": known.path,
                "message": known.message,
                "engines": known.engines,
                "fingerprints": known.fingerprints,
                "likenesses": known.likenesses,
            }
        )
        for known in kept
    )
    head = {
        "schema": _SCHEMA,
        "servegate": __version__,
        "written": scan.ended.date().isoformat(),
        "commit": scan.commit,
    }
    lines = [f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    body = ",\n".join(f"  {row}" for row in rows)
    findings = f' "findings": [\n{body}\n ]' if rows else ' "findings": []'
    return "\n".join(("{", *lines, findings, "}", ""))


def read_baseline(path: Path) -> Baseline:
    """A baseline file. Raises `InputError`, one line with the mend."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such baseline; write one with: servegate baseline write --out {path}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"{path}: can't be read: {why.lower()}") from error
    try:
        document = read_document(_Document, json.loads(text))
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path}: not a baseline of servegate ({_fault(error)}); "
            "write one with: servegate baseline write"
        ) from None
    return Baseline(
        source=path.name,
        commit=document.commit,
        weaknesses=tuple(_known(entry) for entry in document.findings),
    )


def _known(entry: _Entry) -> KnownWeakness:
    return KnownWeakness(
        fingerprints=tuple(map(Fingerprint, entry.fingerprints)),
        likenesses=entry.likenesses,
        rule_id=RuleId(entry.rule_id),
        engines=entry.engines,
        severity=Severity.parse(entry.severity),
        path=entry.path,
        place=entry.place,
        message=entry.message,
    )


def _fault(error: Exception) -> str:
    return str(error) if isinstance(error, DocumentFault) else "no readable JSON"
