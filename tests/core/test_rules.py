"""The catalogue is whole, and the reference that is generated from it is up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scanner.cli.rules import all_rules, as_markdown, as_reference
from scanner.model.rule import Rule

ROOT = Path(__file__).parents[2]
RULES = all_rules()


def test_the_reference_is_up_to_date() -> None:
    assert (ROOT / "rules/README.md").read_text() == as_markdown(RULES), "run make golden"


def test_each_engine_of_ours_has_a_page_of_reference() -> None:
    pages = sorted((ROOT / "docs/reference").glob("*.md"))
    assert {page.stem for page in pages} >= {"probes", "semgrep", "manifests", "rotation"}
    for page in pages:
        rules = tuple(rule for rule in RULES if rule.engine == page.stem)
        assert page.read_text() == as_reference(rules), "run make reference"


def test_ids_are_unique_with_their_aliases() -> None:
    names = [name for rule in RULES for name in (rule.id, *rule.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_metadata_is_well_formed(rule: Rule) -> None:
    assert rule.id.startswith(f"{rule.stage.value}/")
    assert all(re.fullmatch(r"CWE-[1-9]\d*", cwe) for cwe in rule.cwe)
    assert all(re.fullmatch(r"(?:API|LLM)\d{1,2}:20\d\d", entry) for entry in rule.owasp)
    assert all(re.fullmatch(r"[A-Z]+(?:-[A-Z0-9]+)+", control) for control in rule.controls)
    assert all(reference.startswith("https://") for reference in rule.references)
