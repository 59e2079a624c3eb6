"""Reads our Semgrep rules from `rules/semgrep/`.

Semgrep can't include one file in another. What several rules share is in `rules/semgrep/shared/`,
and an item `- use: NAME` of a list stands for the items of the file of that name.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scanner import assets
from scanner.engines._kept import kept
from scanner.model.errors import AssetError

Rows = list[tuple[str, dict[str, Any]]]
"""Each rule with the name of its file."""


def rule_files() -> list[Path]:
    """All files that make our rules."""
    folder = assets.rules_dir() / "semgrep"
    return sorted([*folder.glob("*.yaml"), *folder.glob("shared/*.yaml")])


def rule_rows() -> Rows:
    """Our rules, with what they share put in. Raises `AssetError`."""
    rows = kept("semgrep-rules", rule_files(), __file__, lambda: list(map(list, _read_rows())))
    return [(name, row) for name, row in rows]


def _read_rows() -> Rows:
    folder = assets.rules_dir() / "semgrep"
    shared = {path.stem: _read(path) for path in sorted(folder.glob("shared/*.yaml"))}
    return [
        (path.name, row) for path in sorted(folder.glob("*.yaml")) for row in _rows_of(path, shared)
    ]


def _rows_of(path: Path, shared: Mapping[str, object]) -> list[dict[str, Any]]:
    document = _read(path)
    try:
        rules: Any = with_shared(document, shared)
        return [{**row, "id": row["id"]} for row in rules["rules"]]
    except (KeyError, TypeError) as error:
        raise AssetError(f"rules/semgrep/{path.name} can't be read: {error!r}") from error


def with_shared(node: object, shared: Mapping[str, object]) -> object:
    """A rule's tree with each `use` replaced. Raises `KeyError` where there is no such file."""
    if isinstance(node, dict):
        return {key: with_shared(value, shared) for key, value in node.items()}
    if not isinstance(node, list):
        return node
    items: list[object] = []
    for item in node:
        if isinstance(item, dict) and set(item) == {"use"}:
            part = with_shared(shared[item["use"]], shared)
            if not isinstance(part, list):
                raise TypeError(f"shared/{item['use']}.yaml is no list")
            items += part
        else:
            items.append(with_shared(item, shared))
    return items


def _read(path: Path) -> object:
    import yaml  # not before rules are read: a scan of nothing new does without

    try:
        tree: object = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise AssetError(f"rules/semgrep/{path.name} can't be read: {error}") from error
    return tree
