"""Mends that rules propose: once put in, the same rule finds the place no more."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from scanner.engines.semgrep import Semgrep
from scanner.model.evidence import Patch
from scanner.model.finding import Finding
from scanner.model.location import CodeLocation
from scanner.model.plan import SourceFile, StaticTask
from scanner.model.protocols import ScanContext
from tests.rules.test_semgrep_rules import NAMES, RULES, load, targets

MENDING = [name for name in NAMES if load(name)["metadata"].get("mend")]
pytestmark = pytest.mark.e2e


def scan(root: Path) -> tuple[Finding, ...]:
    files = tuple(
        SourceFile(path=path.relative_to(root).as_posix(), size=path.stat().st_size)
        for path in sorted(root.rglob("*"))
        if path.is_file()
    )
    task = StaticTask(
        engine="semgrep", stage=Semgrep.stage, root=root, files=files, gaps=(), deadline=120
    )
    context = ScanContext(progress=lambda _text: None, cancelled=threading.Event())
    return Semgrep().scan(task, context).findings


def place(finding: Finding) -> tuple[str, str]:
    assert isinstance(finding.location, CodeLocation)
    return finding.rule_id, finding.location.path


def put_in(root: Path, patches: list[Patch]) -> None:
    for patch in sorted(patches, key=lambda one: -one.start_line):
        path = root / patch.path
        lines = path.read_text("utf-8").split("\n")
        at = patch.start_line - 1
        assert lines[at : at + len(patch.before)] == list(patch.before)
        lines[at : at + len(patch.before)] = patch.after
        path.write_text("\n".join(lines), "utf-8")


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, int, int]]:
    """Findings before, patches among them, and findings after, for each rule that mends."""
    root = tmp_path_factory.mktemp("mended")
    for name in MENDING:
        for target in targets(name):
            into = root / name / target.relative_to(RULES)
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(target, into)
    own = {name: f"sast/{name}" for name in MENDING}
    before = [f for f in scan(root) if place(f) == (own[place(f)[1].split("/")[0]], place(f)[1])]
    chosen: dict[tuple[str, int], Patch] = {}
    for finding in before:
        if finding.patch is not None:
            chosen.setdefault((finding.patch.path, finding.patch.start_line), finding.patch)
    put_in(root, list(chosen.values()))
    after = [f for f in scan(root) if f.rule_id == own[place(f)[1].split("/")[0]]]
    return {
        name: (
            sum(f.rule_id == rule for f in before),
            sum(patch.path.split("/")[0] == name for patch in chosen.values()),
            sum(f.rule_id == rule for f in after),
        )
        for name, rule in own.items()
    }


@pytest.mark.parametrize("name", MENDING)
def test_what_was_mended_is_found_no_more(
    name: str, mended: dict[str, tuple[int, int, int]]
) -> None:
    before, patches, after = mended[name]
    assert patches > 0
    assert after == before - patches, f"{patches} mends, {before} findings, then {after}"
