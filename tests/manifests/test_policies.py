"""The policies over manifests: each is complete, and finds what its fixture says it finds.

`# found: NAME` stands above an object in which the policy must fire, `# ok: NAME` above one where
it must not; a mark holds until the next. Each fixture (`NAME.yaml`, `NAME.2.yaml`) is a world.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.engines._workspace import stage
from scanner.engines.manifests.catalogue import POLICIES
from scanner.engines.manifests.engine import judge
from scanner.model.finding import Finding
from scanner.model.location import ResourceLocation
from scanner.model.plan import SourceFile

FIXTURES = Path(__file__).parent / "fixtures"
RULES = {policy.rule.id.removeprefix("iac/"): policy.rule for policy in POLICIES}
NAMES = sorted(RULES)
MARK = re.compile(r"^\s*# (?P<kind>found|ok): (?P<name>[a-z0-9-]+)$")


def found_in(path: Path, into: Path) -> tuple[Finding, ...]:
    workspace = stage(path.parent, [SourceFile(path=path.name, size=1)], into)
    answer = judge(workspace)
    assert answer.gaps == ()
    return answer.findings


def fixtures(name: str) -> Iterator[Path]:
    for path in (FIXTURES / f"{name}.yaml", FIXTURES / f"{name}.2.yaml"):
        if path.exists():
            yield path


def marks(path: Path) -> dict[int, str]:
    """The kind of each mark by its line."""
    found = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        match = MARK.match(line)
        if match:
            assert match["name"] == path.name.split(".")[0], f"{path.name}:{number}"
            found[number] = match["kind"]
    return found


def test_every_policy_has_a_fixture_and_every_fixture_a_policy() -> None:
    assert len(NAMES) == len(POLICIES)
    assert sorted({path.name.split(".")[0] for path in FIXTURES.glob("*.yaml")}) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_policy_fires_where_its_fixture_says(name: str, tmp_path: Path) -> None:
    kinds = set()
    for path in fixtures(name):
        shown = marks(path)
        (tmp_path / path.name).mkdir()
        hit = set()
        for finding in found_in(path, tmp_path / path.name):
            assert isinstance(finding.location, ResourceLocation)
            above = [line for line in shown if line < finding.location.start_line]
            if finding.rule_id == f"iac/{name}":
                assert above, f"fired above the first mark, at {finding.location.start_line}"
                hit.add(max(above))
        assert hit == {line for line, kind in shown.items() if kind == "found"}, path.name
        kinds |= set(shown.values())
    assert kinds == {"found", "ok"}


@pytest.mark.parametrize("name", NAMES)
def test_metadata_is_whole(name: str) -> None:
    rule = RULES[name]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name)
    assert len(rule.title) <= 72
    assert rule.cwe
    assert rule.controls
    assert rule.owasp
    assert re.search(r"^ {4}\S", rule.remediation, re.MULTILINE), "the remediation shows code"
    for cwe in rule.cwe:
        assert f"https://cwe.mitre.org/data/definitions/{cwe[4:]}.html" in rule.references
    for owasp in rule.owasp:
        assert re.fullmatch(r"API([1-9]|10):2023|LLM(0[1-9]|10):20(25|26)", owasp)
    for control in rule.controls:
        assert re.fullmatch(r"[A-Z]+(-[A-Z0-9]+)+", control)
