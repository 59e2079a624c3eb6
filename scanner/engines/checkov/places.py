"""Where a row of Checkov's is in the scanned file, whatever Checkov says of it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any


def address(resource: str, framework: str, staged: str, lines: list[str]) -> str:
    """The resource's name as a reader knows it."""
    if framework == "dockerfile":
        # `/path/to/Dockerfile.USER`, with the staged path; the instruction is what matters.
        return resource.removeprefix(f"/{staged}.") or "Dockerfile"
    if framework == "terraform_json" and resource.startswith("resource."):
        return _typed(resource.removeprefix("resource."), "\n".join(lines)) or resource
    return resource


def lines_of(
    given: tuple[int, int], framework: str, name: str, lines: list[str]
) -> tuple[int, int]:
    """A region inside the file: Checkov counts from 0 in places, and knows no lines in a plan."""
    if framework == "terraform_plan":
        at = _line_in_plan(name, lines)
        return at, at
    start = min(max(1, given[0]), max(1, len(lines)))
    return start, min(max(start, given[1]), max(1, len(lines)))


def _line_in_plan(name: str, lines: list[str]) -> int:
    wanted = re.compile(r'"address"\s*:\s*' + re.escape(json.dumps(name)))
    return next((number for number, line in enumerate(lines, 1) if wanted.search(line)), 1)


def _typed(name: str, text: str) -> str | None:
    """`type.name` of the one resource of this name in a `.tf.json`."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    blocks = document.get("resource") if isinstance(document, dict) else None
    found = [
        f"{kind}.{name}"
        for part in (blocks if isinstance(blocks, list) else [blocks])
        if isinstance(part, Mapping)
        for kind, named in part.items()
        if _holds(named, name)
    ]
    return found[0] if len(found) == 1 else None


def _holds(named: Any, name: str) -> bool:  # noqa: ANN401 - JSON of any shape
    parts = named if isinstance(named, list) else [named]
    return any(isinstance(part, Mapping) and name in part for part in parts)
