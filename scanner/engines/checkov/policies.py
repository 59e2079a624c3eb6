"""Our own policies in Checkov's format (`rules/checkov/`): what they say of themselves.

A policy is a file: YAML with `metadata`, or Python with a literal `METADATA`, which is read here
without being run. Its id in Checkov is `SG_` and its name in capitals, so that a skip comment can
name it; ours is its name. `OBSERVE_` checks find no weakness: they tell what Checkov could not see.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from scanner import assets
from scanner.engines._tables import rule_from
from scanner.engines.checkov.instances import Hit
from scanner.engines.checkov.table import ENGINE, STAGE
from scanner.model.errors import AssetError
from scanner.model.outcome import Gap
from scanner.model.rule import Rule, RuleId

_OBSERVE = "OBSERVE_"
_MODULE = "OBSERVE_MODULE"
_CRASH = re.compile(r"Failed to run check (?P<check>\S+) on (?P<where>\S+)")


@cache
def read() -> dict[str, Rule]:
    """The policies by their id in Checkov. Raises `AssetError`."""
    found: dict[str, Rule] = {}
    for path in sorted((assets.rules_dir() / "checkov").iterdir()):
        metadata = _metadata(path)
        if metadata is not None:
            name = path.stem
            rule_id = RuleId(f"iac/{name}")
            found[checkov_id(name)] = rule_from(
                metadata, rule_id, ENGINE, STAGE, f"rules/checkov/{path.name}"
            )
    return found


def checkov_id(name: str) -> str:
    """The id by which Checkov, and so a skip comment, knows a policy of ours."""
    return "SG_" + name.replace("-", "_").upper()


def is_observation(check_id: str) -> bool:
    """Whether a row of this check tells a limit of the scan, no weakness."""
    return check_id.startswith(_OBSERVE)


def gaps(observed: Iterable[Hit], planned: Iterable[str]) -> list[Gap]:
    """What Checkov could not see; a module that a plan shows was seen."""
    shown = tuple(planned)
    return [
        Gap(subject=f"{hit.path} ({_subject(hit)})", reason=hit.said)
        for hit in observed
        if not (
            hit.check_id == _MODULE
            and any(f"module.{hit.address}" in _modules(name) for name in shown)
        )
    ]


def crashes(stderr: str) -> list[Gap]:
    """The checks that Checkov could not carry out; it goes on without them, and exits 0 or 1."""
    return [
        Gap(subject=found["where"].lstrip("/"), reason=f"{found['check']} crashed on it")
        for found in _CRASH.finditer(stderr)
    ]


def _subject(hit: Hit) -> str:
    return f"module.{hit.address}" if hit.check_id == _MODULE else hit.address


def _modules(address: str) -> set[str]:
    parts = address.replace("[", ".[").split(".")
    return {f"module.{b}" for a, b in pairwise(parts) if a == "module"}


def _metadata(path: Path) -> Any:  # noqa: ANN401 - checked by `rule_from`
    if path.name.startswith("_"):
        return None
    try:
        if path.suffix == ".yaml":
            return yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)["metadata"]
        if path.suffix == ".py":
            return _literal(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError, SyntaxError, ValueError, KeyError, TypeError) as error:
        raise AssetError(f"rules/checkov/{path.name} can't be read: {error}") from error
    return None


def _literal(source: str) -> Any:  # noqa: ANN401 - checked by `rule_from`
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "METADATA" for target in node.targets
        ):
            return ast.literal_eval(node.value)
    raise KeyError("METADATA")
