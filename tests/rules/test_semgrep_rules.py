"""The Semgrep rules of `rules/semgrep/`: each is complete, and finds what its target says it finds.

A target is a Python file of the rule's name, or, for other languages, each file of the folder of
that name. `# ruleid: NAME` (or `//`) stands over a line where the rule must fire, `# ok: NAME` over
one where it must not. A target is judged by its own rule alone.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from scanner import assets
from scanner.engines._excuses import Excuses
from scanner.engines._rulefiles import rule_files, rule_rows
from scanner.engines.semgrep.engine import bundled_rules
from scanner.model.errors import AssetError

RULES = Path(__file__).parents[2] / "rules" / "semgrep"
NAMES = sorted(path.stem for path in RULES.glob("*.yaml"))
ANNOTATION = re.compile(r"^\s*(#|//|\{/\*) (?P<kind>ruleid|ok): (?P<name>[a-z0-9-]+)( \*/\})?$")
ENGINE_SEVERITY = {
    "critical": "ERROR",
    "high": "ERROR",
    "medium": "WARNING",
    "low": "INFO",
    "info": "INFO",
}
METADATA = {
    "title",
    "rationale",
    "remediation",
    "severity",
    "confidence",
    "cwe",
    "owasp",
    "controls",
    "references",
    "since",
}


class Point(NamedTuple):
    """A place as the engine gives it."""

    line: int
    col: int
    offset: int


def load(name: str) -> dict[str, Any]:
    document = yaml.safe_load((RULES / f"{name}.yaml").read_text(encoding="utf-8"))
    assert set(document) == {"rules"}
    assert len(document["rules"]) == 1
    rule: dict[str, Any] = document["rules"][0]
    return rule


def targets(name: str) -> list[Path]:
    """The files that a rule is tried on."""
    folder = RULES / name
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    return sorted([*files, *RULES.glob(f"{name}.py")])


def annotated(name: str) -> dict[str, set[tuple[str, int]]]:
    """Return the file and line under each kind of annotation in the rule's targets."""
    lines: dict[str, set[tuple[str, int]]] = {"ruleid": set(), "ok": set()}
    for target in targets(name):
        text = target.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), start=1):
            if "ruleid:" not in line and "ok:" not in line:
                continue
            match = ANNOTATION.match(line)
            assert match, f"{target.name}:{number}: malformed annotation: {line.strip()}"
            assert match["name"] == name, f"{target.name}:{number}: annotation of another rule"
            lines[match["kind"]].add((target.relative_to(RULES).as_posix(), number + 1))
    return lines


def test_every_rule_has_a_target_and_every_target_a_rule() -> None:
    assert NAMES
    assert [name for name in NAMES if not targets(name)] == []
    others = {path.stem for path in RULES.iterdir() if path.suffix == ".py" or path.is_dir()}
    others.discard("shared")
    assert others - set(NAMES) == set()


@pytest.mark.parametrize("name", NAMES)
def test_id_is_the_file_name(name: str) -> None:
    assert load(name)["id"] == name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name)


@pytest.mark.parametrize("name", NAMES)
def test_target_shows_both_sides(name: str) -> None:
    lines = annotated(name)
    assert len(lines["ruleid"]) >= 2
    assert len(lines["ok"]) >= 3


@pytest.mark.parametrize("name", NAMES)
def test_metadata_is_whole(name: str) -> None:
    rule = load(name)
    metadata = rule["metadata"]
    assert set(metadata) - {"mend", "unless"} == METADATA
    assert rule["severity"] == ENGINE_SEVERITY[metadata["severity"]]
    assert metadata["confidence"] in {"firm", "tentative"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", metadata["since"])
    for key in ("title", "rationale", "remediation"):
        assert metadata[key].strip(), key
    assert len(metadata["title"]) <= 72
    assert rule["message"].strip().count("\n") == 0
    assert rule["message"].strip().endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_remediation_shows_code(name: str) -> None:
    assert re.search(r"^ {4}\S", load(name)["metadata"]["remediation"], re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_standard_ids_are_well_formed(name: str) -> None:
    metadata = load(name)["metadata"]
    assert metadata["cwe"]
    assert metadata["controls"]
    for cwe in metadata["cwe"]:
        assert re.fullmatch(r"CWE-[1-9]\d*", cwe)
        number = cwe.removeprefix("CWE-")
        assert f"https://cwe.mitre.org/data/definitions/{number}.html" in metadata["references"]
    for owasp in metadata["owasp"]:
        assert re.fullmatch(r"API([1-9]|10):2023|LLM(0[1-9]|10):20(25|26)", owasp)
    for control in metadata["controls"]:
        assert re.fullmatch(r"[A-Z]+(-[A-Z0-9]+)+", control)
    for reference in metadata["references"]:
        assert re.fullmatch(r"https://\S+", reference)


def test_what_rules_share_is_there_and_used() -> None:
    texts = [path.read_text(encoding="utf-8") for path in rule_files()]
    used = {name for text in texts for name in re.findall(r"^\s*- use: (\S+)$", text, re.MULTILINE)}
    assert used == {path.stem for path in RULES.glob("shared/*.yaml")}
    assert '"use"' not in bundled_rules()


def test_a_shared_part_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "semgrep").mkdir()
    (tmp_path / "semgrep" / "a-rule.yaml").write_text("rules: [{id: a-rule, x: [{use: gone}]}]")
    monkeypatch.setattr(assets, "rules_dir", lambda: tmp_path)
    with pytest.raises(AssetError, match=r"a-rule\.yaml.*gone"):
        rule_rows()


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Run the native engine once: all rules over all targets."""
    bundle = tmp_path_factory.mktemp("rules") / "rules.json"
    bundle.write_text(bundled_rules(), encoding="utf-8")
    return run_engine(bundle, [target for name in NAMES for target in targets(name)])


def run_engine(bundle: Path, files: list[Path]) -> dict[str, Any]:
    engine = Path(sys.executable).with_name("semgrep")
    argv = [str(engine), "scan", "--experimental", "--metrics=off", "--disable-version-check"]
    argv += ["--no-git-ignore", "--disable-nosem", "--json", "--quiet", "--config", str(bundle)]
    done = subprocess.run(
        [*argv, *map(str, files)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=120,
    )
    assert done.stdout, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.mark.e2e
def test_engine_reads_every_rule_and_target(scan: dict[str, Any]) -> None:
    assert scan["errors"] == []
    files = {str(target) for name in NAMES for target in targets(name)}
    assert set(scan["paths"]["scanned"]) == files


@pytest.mark.e2e
@pytest.mark.parametrize("name", NAMES)
def test_rule_fires_where_its_target_says(scan: dict[str, Any], name: str) -> None:
    excuses = Excuses.of([(f"{name}.yaml", load(name))])
    found = {
        (path, result["start"]["line"])
        for result in scan["results"]
        if result["check_id"].rsplit(".", 1)[-1] == name
        and (path := Path(result["path"]).relative_to(RULES).as_posix())
        and path.split("/")[0].removesuffix(".py") == name
        and not excuses.cover(
            name, result["path"], Point(**result["start"]), Point(**result["end"])
        )
    }
    lines = annotated(name)
    assert not found & lines["ok"], "fired on innocent code"
    assert lines["ruleid"] <= found, "missed what it is for"
    assert found <= lines["ruleid"], "fired on a line without annotation"


def hits(files: list[Path], bundle: Path) -> Counter[tuple[str, str]]:
    """How often each rule fires in the target of its own name."""
    document = run_engine(bundle, files)
    assert document["errors"] == []
    found = ((r["check_id"].rsplit(".", 1)[-1], Path(r["path"]).stem) for r in document["results"])
    return Counter(pair for pair in found if pair[0] == pair[1])


@pytest.mark.e2e
@pytest.mark.parametrize("width", ["50", "200"])
def test_formatting_changes_no_hit(tmp_path: Path, width: str) -> None:
    bundle = tmp_path / "rules.json"
    bundle.write_text(bundled_rules(), encoding="utf-8")
    before = sorted(RULES.glob("*.py"))
    after = [Path(shutil.copy(path, tmp_path)) for path in before]
    ruff = Path(sys.executable).with_name("ruff")
    subprocess.run([ruff, "format", "--isolated", "-q", "--line-length", width, *after], check=True)
    assert any(a.read_bytes() != b.read_bytes() for a, b in zip(after, before, strict=True))
    assert hits(after, bundle) == hits(before, bundle)


def test_a_value_of_several_lines_is_one_value() -> None:
    """A dot that stops at the end of a line makes a rule blind for the same code, broken up."""
    for _, row in rule_rows():
        for regex in value_regexes(row):
            flags = re.match(r"\(\?([a-z]+)\)", regex)
            assert not re.search(r"\.[*+]", regex) or (flags and "s" in flags[1]), (
                row["id"],
                regex,
            )


def value_regexes(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if "metavariable-regex" in node:
            yield node["metavariable-regex"]["regex"]
        for part in node.values():
            yield from value_regexes(part)
    elif isinstance(node, list):
        for part in node:
            yield from value_regexes(part)
