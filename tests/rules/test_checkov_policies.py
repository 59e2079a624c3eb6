"""Our policies in Checkov's format: each is complete, and finds what its fixture says it finds.

`# found: NAME` stands over a block where the policy must fire, `# ok: NAME` over one where it must
not. Each fixture (`NAME.tf`, and `NAME.2.tf` where what is declared elsewhere matters) is a folder
of its own for Checkov, so that none sees what another declares.
"""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path

import pytest

from scanner.engines.checkov import Checkov, policies
from scanner.inventory import take_inventory
from scanner.model.location import ResourceLocation
from scanner.model.outcome import Completed
from scanner.model.plan import StaticTask
from scanner.model.protocols import ScanContext
from scanner.model.rule import Rule

RULES = Path(__file__).parents[2] / "rules" / "checkov"
POLICIES = {str(rule.id).removeprefix("iac/"): rule for rule in policies.read().values()}
NAMES = sorted(POLICIES)
MARK = re.compile(r"^\s*# (?P<kind>found|ok): (?P<name>[a-z0-9-]+)$")


def fixtures(name: str) -> list[Path]:
    return [path for path in (RULES / f"{name}.tf", RULES / f"{name}.2.tf") if path.exists()]


def marks(name: str) -> dict[str, set[tuple[str, int]]]:
    """The lines under each kind of mark in the policy's fixtures."""
    lines: dict[str, set[tuple[str, int]]] = {"found": set(), "ok": set()}
    for path in fixtures(name):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            match = MARK.match(line)
            if match:
                assert match["name"] == name, f"{path.name}:{number}: mark of another policy"
                lines[match["kind"]].add((path.stem, number + 1))
    return lines


def test_every_policy_has_a_fixture_and_every_fixture_a_policy() -> None:
    assert NAMES
    assert sorted({path.name.split(".")[0] for path in RULES.glob("*.tf")}) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_fixture_shows_both_sides(name: str) -> None:
    shown = marks(name)
    assert shown["found"], "a case that must be found"
    assert shown["ok"], "a near miss"


@pytest.mark.parametrize("name", NAMES)
def test_metadata_is_whole(name: str) -> None:
    rule: Rule = POLICIES[name]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name)
    assert len(rule.title) <= 72
    assert rule.cwe
    assert rule.controls
    assert re.search(r"^ {4}\S", rule.remediation, re.MULTILINE), "the remediation shows code"
    for cwe in rule.cwe:
        assert f"https://cwe.mitre.org/data/definitions/{cwe[4:]}.html" in rule.references
    for owasp in rule.owasp:
        assert re.fullmatch(r"API([1-9]|10):2023|LLM(0[1-9]|10):20(25|26)", owasp)
    for control in rule.controls:
        assert re.fullmatch(r"[A-Z]+(-[A-Z0-9]+)+", control)


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> list[Completed]:
    """Checkov over all first fixtures, and over all second ones."""
    return [
        scan(
            tmp_path_factory.mktemp("fixtures"), [p for n in NAMES for p in fixtures(n)[k : k + 1]]
        )
        for k in (0, 1)
    ]


def scan(root: Path, paths: list[Path]) -> Completed:
    for path in paths:
        (root / path.stem).mkdir()
        shutil.copy(path, root / path.stem / "main.tf")
    files = [file for found in take_inventory(root).files.values() for file in found]
    task = StaticTask(engine="checkov", stage=Checkov.stage, root=root, files=tuple(files))
    context = ScanContext(progress=lambda _: None, cancelled=threading.Event())
    regions = ("eu-central-1", "europe-west3", "Germany West Central")
    modules = (
        "./modules/*",
        "git::https://git.example.com/ml/endpoint.git",
        "example/endpoint/aws",
    )
    return Checkov(regions, modules).scan(task, context)


@pytest.mark.e2e
@pytest.mark.parametrize("name", NAMES)
def test_policy_fires_where_its_fixture_says(scans: list[Completed], name: str) -> None:
    found = {
        (finding.location.path.split("/")[0], finding.location.start_line)
        for scan in scans
        for finding in scan.findings
        if isinstance(finding.location, ResourceLocation) and finding.rule_id == f"iac/{name}"
    }
    # Fixtures of other policies may hold it too; they are not its proof.
    found = {place for place in found if place[0].split(".")[0] == name}
    shown = marks(name)
    assert not found & shown["ok"], "fired on innocent code"
    assert shown["found"] <= found, "missed what it is for"
    assert found <= shown["found"], "fired on a block without a mark"


@pytest.mark.e2e
def test_checkov_read_every_fixture(scans: list[Completed]) -> None:
    gaps = [gap for scan in scans for gap in getattr(scan, "gaps", ())]
    # Modules that are not here are the very matter of one fixture.
    assert [gap for gap in gaps if "(module." not in gap.subject] == []
