"""Reads the JSON that `promptfoo eval` or `promptfoo redteam` writes with `--output`.

Rows are counted by plugin and strategy. A row that ended in an error was not evaluated.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from scanner.engines.redteam.tally import Tally, outcome_of
from scanner.model.errors import InputError
from scanner.model.outcome import Completed, Gap, Partial

TOOL = "promptfoo"
# `failureReason` of a row: 0 none, 1 an assertion, 2 an error.
_ERROR = 2


def read_promptfoo(text: str, where: str) -> Completed | Partial:
    """The results as an outcome. Raises `InputError` for what are none."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where} is not JSON") from error
    inner = document.get("results") if isinstance(document, dict) else None
    rows = inner.get("results") if isinstance(inner, dict) else None
    if not isinstance(rows, list):
        raise InputError(f"{where} is not a result of promptfoo: it has no results.results")
    evaluated: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    seen: dict[tuple[str, str], None] = {}
    gaps: list[Gap] = []
    model = "model"
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("success"), bool):
            gaps.append(Gap(subject=where, reason="a row without a verdict"))
            continue
        key = _key(row)
        seen[key] = None
        model = _provider(row) or model
        if row.get("failureReason") == _ERROR or (
            row.get("error") and not row.get("gradingResult")
        ):
            gaps.append(Gap(subject=_name(key), reason="promptfoo: a test ended in an error"))
            continue
        evaluated[key] += 1
        failed[key] += not row["success"]
    if not rows:
        gaps.append(Gap(subject=where, reason="promptfoo evaluated nothing"))
    tallies = [
        Tally(name=_name(key), family=key[0], failed=failed[key], evaluated=evaluated[key])
        for key in seen
    ]
    version = document.get("metadata", {})
    version = version.get("promptfooVersion") if isinstance(version, dict) else None
    return outcome_of(TOOL, str(version or "unknown")[:40], model, tallies, gaps)


def _key(row: dict[str, Any]) -> tuple[str, str]:
    """Plugin and strategy of a red-team row, else the test's description."""
    case = row.get("testCase")
    case = case if isinstance(case, dict) else {}
    for holder in (row.get("metadata"), case.get("metadata")):
        if isinstance(holder, dict) and isinstance(holder.get("pluginId"), str):
            strategy = holder.get("strategyId")
            return holder["pluginId"], strategy if isinstance(strategy, str) else ""
    description = case.get("description")
    return (description if isinstance(description, str) and description else "test", "")


def _name(key: tuple[str, str]) -> str:
    return " / ".join(part for part in key if part)


def _provider(row: dict[str, Any]) -> str:
    provider = row.get("provider")
    if isinstance(provider, dict):
        provider = provider.get("label") or provider.get("id")
    return provider if isinstance(provider, str) else ""
