"""Reads our Semgrep rules from `rules/semgrep/`.

Semgrep can't include one file in another. What several rules share is in `rules/semgrep/shared/`,
and an item `- use: NAME` of a list stands for the items of the file of that name.

Reading YAML takes ten times as long as reading JSON. So what was read is kept where Python keeps
this module's code (`__pycache__`), which can only be written by who can also change the rules.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from scanner import assets
from scanner.engines._identity import digest, files_identity
from scanner.model.errors import AssetError

Rows = list[tuple[str, dict[str, Any]]]
"""Each rule with the name of its file."""


def rule_files() -> list[Path]:
    """All files that make our rules."""
    folder = assets.rules_dir() / "semgrep"
    return sorted([*folder.glob("*.yaml"), *folder.glob("shared/*.yaml")])


def rule_rows() -> Rows:
    """Our rules, with what they share put in. Raises `AssetError`."""
    made_of = files_identity([*rule_files(), Path(__file__)])
    kept = Path(cache_from_source(__file__)).with_name("semgrep-rules.json")
    return _kept(kept, made_of) or _keeping(kept, made_of, _read_rows())


def _kept(path: Path, made_of: str) -> Rows | None:
    """What was kept, if it was made of these files and is whole."""
    try:
        seal, _, text = path.read_bytes().partition(b"\n")
        if seal.decode("ascii") != digest([made_of, hashlib.sha256(text).hexdigest()]):
            return None
        return [(name, row) for name, row in json.loads(text)]
    except (OSError, ValueError):
        return None


def _keeping(path: Path, made_of: str, rows: Rows) -> Rows:
    """The rows, which are kept unless Python is told to write no code."""
    text = json.dumps(rows).encode()
    if sys.dont_write_bytecode or [tuple(row) for row in json.loads(text)] != rows:
        return rows
    seal = digest([made_of, hashlib.sha256(text).hexdigest()]).encode()
    with contextlib.suppress(OSError):
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(seal + b"\n" + text)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
    return rows


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
