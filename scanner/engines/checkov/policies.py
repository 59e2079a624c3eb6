"""Our own policies in Checkov's format (`rules/checkov/`): what they say of themselves.

A policy is a file: YAML with `metadata`, or Python with a literal `METADATA`, which is read here
without being run. Its id in Checkov is `SG_` and its name in capitals, so that a skip comment can
name it; ours is its name. `OBSERVE_` checks find no weakness: they tell what Checkov could not see.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from scanner import assets
from scanner.engines._process import CUT
from scanner.engines._tables import rule_from
from scanner.engines.checkov.instances import Hit
from scanner.engines.checkov.plans import Call, plain_source, shown
from scanner.engines.checkov.table import ENGINE, STAGE
from scanner.model.errors import AssetError, ToolCrashed
from scanner.model.outcome import Gap
from scanner.model.rule import Rule, RuleId

_OBSERVE = "OBSERVE_"
_MODULE = "OBSERVE_MODULE"
_BROKEN = re.compile(
    r"Cannot load external check '(?P<check>[^']+)'.*\n"
    r"Traceback .*\n(?:[ \t].*\n)*(?P<why>\S.*)"
)
_SOURCE = re.compile(r"^its module source (?P<source>.*) is not here")
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


def not_loaded(told: Iterable[str], stderr: str) -> list[Gap]:
    """Which of our policies Checkov went on without, and why if it says so.

    Each tells of itself once it is registered (`told`), since Checkov passes over a broken one with
    a line in its log. Raises `ToolCrashed` where there is none.
    """
    ours = read()
    here = set(told)
    causes = {found["check"]: found["why"] for found in _BROKEN.finditer(stderr)}
    missing = {name: str(rule.id).removeprefix("iac/") for name, rule in ours.items()}
    missing = {name: file for name, file in missing.items() if name not in here}
    if missing and len(missing) == len(ours):
        cause = next(iter(causes.values()), "it does not say why")
        raise ToolCrashed(
            f"checkov loaded none of the policies in rules/checkov ({cause}); "
            "install servegate anew",
            stderr,
        )
    return [
        Gap(
            subject=f"rules/checkov/{file}",
            reason=f"checkov could not load this policy: {causes.get(file, 'it does not say why')}",
        )
        for file in sorted({*missing.values(), *causes})
    ]


def evaluated(told: Iterable[str]) -> set[str]:
    """The frameworks of Terraform in which Checkov came as far as evaluating resources."""
    return {word.removeprefix("SEEN_") for word in told if word.startswith("SEEN_")}


def gaps(observed: Iterable[Hit], shown_by: Mapping[str, frozenset[Call]]) -> list[Gap]:
    """What Checkov could not see. `shown_by` has the calls of modules in each plan by its path."""
    hits = tuple(observed)
    calls = [(hit.path, _call(hit)) for hit in hits if hit.check_id == _MODULE]
    seen = shown(calls, shown_by)
    return [
        Gap(subject=f"{hit.path} ({_subject(hit)})", reason=hit.said)
        for hit in hits
        if hit.check_id != _MODULE or (hit.path, _call(hit)) not in seen
    ]


def crashes(stderr: str) -> list[Gap]:
    """The checks that Checkov could not carry out; it goes on without them, and exits 0 or 1."""
    found = [
        Gap(subject=found["where"].lstrip("/"), reason=f"{found['check']} crashed on it")
        for found in _CRASH.finditer(stderr)
    ]
    if found and CUT in stderr:
        found.append(Gap(subject="checkov", reason="it said of more crashes than could be kept"))
    return found


def _subject(hit: Hit) -> str:
    return f"module.{hit.address}" if hit.check_id == _MODULE else hit.address


def _call(hit: Hit) -> Call:
    source = _SOURCE.search(hit.said)
    return hit.address, plain_source(source["source"] if source else "")


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
