"""Puts a pack together: every file as text, and the manifest that holds their hashes. No clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from msgspec import to_builtins

from scanner.evidence import oscal, page, tables
from scanner.evidence.controls import catalogue_text, read_controls
from scanner.evidence.judge import assess
from scanner.evidence.model import Assessed, ControlStatus, Declaration, Observation
from scanner.evidence.observe import digest, observe, of_record, of_signature, unnamed
from scanner.model.outcome import Completed
from scanner.model.rule import Rule
from scanner.model.scan import ScanResult
from scanner.model.values import Value
from scanner.reporters._json import lines

SCHEMA = "servegate/evidence/v1"
MANIFEST = "manifest.json"
# What every pack holds beside its manifest; `declarations.toml` only where that was given.
FILES = (
    "index.html",
    "controls.csv",
    "observations.csv",
    "evidence.json",
    "assessment-results.json",
    "controls.yaml",
    "result.json",
)


class Ledger(Value, kw_only=True):
    """One scan, judged by the control catalogue: all that the files of a pack are made from."""

    scan: ScanResult
    result_sha256: str
    assessed: tuple[Assessed, ...]
    observations: tuple[Observation, ...]
    signed_with: str = ""

    def count(self, status: ControlStatus) -> int:
        """How many controls have that status."""
        return sum(one.status is status for one in self.assessed)


def make_ledger(
    scan: ScanResult,
    result: bytes,
    rules: tuple[Rule, ...],
    declarations: tuple[Declaration, ...] = (),
    signed_with: str = "",
) -> Ledger:
    """Judge every control. `rules` are all that are known before a run. Raises `AssetError`."""
    every = {rule.id: rule for rule in rules} | dict(scan.catalogue)
    observations = (*observe(scan, rules), of_record(scan), of_signature(signed_with))
    return Ledger(
        scan=scan,
        result_sha256=hashlib.sha256(result).hexdigest(),
        assessed=assess(
            read_controls(), every.values(), observations, declarations, unnamed(scan, rules)
        ),
        observations=observations,
        signed_with=signed_with,
    )


def files(ledger: Ledger, result: bytes) -> dict[str, bytes]:
    """Every file of the pack but the manifest, by name."""
    texts = (
        page.render(ledger),
        tables.controls(ledger.assessed),
        tables.observations(ledger.assessed),
        _record(ledger),
        oscal.render(ledger),
        catalogue_text(),
    )
    data = (*(text.encode("utf-8", "backslashreplace") for text in texts), result)
    return dict(zip(FILES, data, strict=True))


def manifest(ledger: Ledger, contents: Mapping[str, bytes]) -> str:
    """The manifest's text: what was scanned, with what, and the hash of every file."""
    scan = ledger.scan
    engines = [
        {
            "name": run.engine,
            "version": run.outcome.tool_version if isinstance(run.outcome, Completed) else "",
            "rules": len(run.outcome.rules) if isinstance(run.outcome, Completed) else 0,
            "state": type(run.outcome).__name__.lower(),
        }
        for run in scan.runs
    ]
    document = {
        "schema": SCHEMA,
        "servegate": scan.version,
        "project": scan.project,
        "commit": scan.commit,
        "started": scan.started.isoformat(),
        "ended": scan.ended.isoformat(),
        "verdict": scan.decision.verdict.value,
        "engines": engines,
        "rules_sha256": digest([scan.catalogue[key] for key in sorted(scan.catalogue)]),
        "signed_with": ledger.signed_with,
        "files": [
            {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in sorted(contents.items())
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def _record(ledger: Ledger) -> str:
    """The ledger for machines; observations stand once, controls name them by rule."""
    document = {
        "schema": SCHEMA,
        "project": ledger.scan.project,
        "result_sha256": ledger.result_sha256,
        "excluded": [to_builtins(gap) for gap in ledger.scan.plan.excluded],
        "controls": [
            {
                "id": one.control.id,
                "title": one.control.title,
                "strength": one.control.strength.value,
                "status": one.status.value,
                "accepted": one.accepted,
                "declared": [to_builtins(entry) for entry in one.declarations],
                "reasons": one.reasons,
                "limits": one.control.limits,
                "rules": [seen.rule_id for seen in one.observations],
                "maps": {standard: list(ids) for standard, ids in one.control.maps},
            }
            for one in ledger.assessed
        ],
        "observations": [
            to_builtins(one)
            for one in {
                seen.rule_id: seen for entry in ledger.assessed for seen in entry.observations
            }.values()
        ],
    }
    return lines(document, ascii_only=True, default=str)
