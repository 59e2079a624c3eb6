"""What earlier scans came to: for the trend in a report, and for how long engines take here."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from scanner.cli.load import load_result
from scanner.model.history import EarlierScan
from scanner.model.scan import ScanResult
from scanner.reporters import _facts as facts

MOST = 20
# Only to say how long an engine will take: not worth reading more.
_MAX_BYTES = 5_000_000


def with_earlier(scan: ScanResult, results: Iterable[Path]) -> ScanResult:
    """The scan with what the results of earlier ones came to, and what those carry from before
    them. Raises `InputError` for a file that is no result."""
    points = {one.started: one for one in scan.earlier}
    for path in results:
        other = load_result(path)
        points |= {one.started: one for one in (*other.earlier, _point(other))}
    before = sorted(started for started in points if started < scan.started)
    return replace(scan, earlier=tuple(points[started] for started in before[-MOST:]))


def seconds_before(result: Path) -> dict[str, float]:
    """How long each engine took in an earlier scan; empty where there is no usable result."""
    try:
        info = result.stat()
        if not stat.S_ISREG(info.st_mode) or info.st_size > _MAX_BYTES:
            return {}
        engines = json.loads(result.read_bytes())["engines"]
        return {str(one["name"]): float(one["seconds"] or 0) for one in engines}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def _point(scan: ScanResult) -> EarlierScan:
    return EarlierScan(
        started=scan.started,
        commit=scan.commit,
        verdict=scan.decision.verdict.value,
        severities=tuple(facts.severity_counts(scan).items()),
    )
