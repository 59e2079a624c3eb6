"""Reads garak's `report.jsonl`: one JSON document a line, of which the `eval` rows count.

garak ends with 0 whether its probes pass or fail, so the report is all there is to go by. A report
without its last row is of a run that was cut short.
"""

from __future__ import annotations

import json
from typing import Any

from scanner.engines.redteam.tally import Tally, outcome_of
from scanner.model.errors import InputError
from scanner.model.outcome import Completed, Gap, Partial

TOOL = "garak"


def read_garak(text: str, where: str) -> Completed | Partial:
    """The report as an outcome. Raises `InputError` for what is no such report."""
    rows: list[dict[str, Any]] = []
    unreadable = 0
    for line in text.splitlines():
        if line.strip():
            row = _row(line)
            unreadable += row is None
            if row is not None:
                rows.append(row)
    kinds = {row.get("entry_type") for row in rows}
    if not kinds & {"eval", "init", "start_run setup"}:
        raise InputError(f"{where} is not a report of garak: it has neither init nor eval rows")
    gaps = []
    if unreadable:
        gaps.append(Gap(subject=where, reason=f"{unreadable} lines of it are not JSON"))
    if "completion" not in kinds:
        gaps.append(Gap(subject=where, reason="garak's run was cut short: no completion row"))
    tallies: list[Tally] = []
    for row in rows:
        if row.get("entry_type") != "eval":
            continue
        tally = _tally(row)
        if tally is None:
            gaps.append(Gap(subject=where, reason="an eval row without probe or counts"))
        else:
            tallies.append(tally)
    if not tallies:
        gaps.append(Gap(subject=where, reason="garak evaluated nothing"))
    setup = next((row for row in rows if row.get("entry_type") == "start_run setup"), {})
    start = next((row for row in rows if row.get("entry_type") == "init"), {})
    model = setup.get("plugins.target_name") or setup.get("plugins.model_name") or "model"
    version = start.get("garak_version") or "unknown"
    return outcome_of(TOOL, str(version)[:40], str(model), tallies, gaps)


def _row(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _tally(row: dict[str, Any]) -> Tally | None:
    probe, detector = row.get("probe"), row.get("detector")
    # Older reports say `total` for what is `total_evaluated` now.
    evaluated = row.get("total_evaluated", row.get("total"))
    passed = row.get("passed")
    counts = (evaluated, passed)
    if not isinstance(probe, str) or not all(_is_count(count) for count in counts):
        return None
    judge = str(detector or "").removeprefix("detector.")
    return Tally(
        name=f"{probe} / {judge}" if judge else probe,
        family=probe.split(".", 1)[0],
        failed=max(0, int(evaluated or 0) - int(passed or 0)),
        evaluated=int(evaluated or 0),
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
