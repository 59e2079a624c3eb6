"""JUnit and Markdown: well-formed, counted right, and quiet whatever the text."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from msgspec.structs import replace

from scanner.model.scan import ScanResult
from scanner.reporters import reporter
from scanner.reporters.markdown import MAX_BYTES
from tests.reporters import factory
from tests.reporters.strategies import scans


def junit(scan: ScanResult) -> ET.Element:
    return ET.fromstring(reporter("junit").render(scan))


def markdown(scan: ScanResult) -> str:
    return reporter("markdown").render(scan)


def html(text: str) -> str:
    return MarkdownIt("commonmark", {"html": True}).enable("table").render(text)


def assert_quiet(text: str) -> None:
    shown = html(text)
    tags = set(re.findall(r"<([a-zA-Z/!?][^\s>/]*)", shown))
    allowed = {"h2", "h3", "p", "ul", "li", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    # Folds are ours: a line of its own begins and ends each.
    folds = {"details", "summary"}
    assert {tag.lstrip("/") for tag in tags} <= allowed | folds
    assert shown.count("<details") == text.count("\n<details>\n<summary>")
    assert shown.count("</details") == text.count("\n\n</details>\n")
    assert not re.search(r"@\w|#\d|://|www\.", shown)
    header = 0
    for row in re.findall(r"<tr>(.*?)</tr>", shown, re.DOTALL):
        header = row.count("<th") or header
        assert row.count("<td") in (0, header)


@pytest.mark.parametrize("example", factory.EXAMPLES)
def test_junit_is_valid_by_the_schema_of_jenkins(example: str) -> None:
    """Its XSD is in pytest's source archive; `JUNIT_XSD` names the file, with lxml at hand."""
    path = os.environ.get("JUNIT_XSD")
    if not path or importlib.util.find_spec("lxml") is None:
        pytest.skip("JUNIT_XSD names no schema, or lxml is not installed")
    etree = importlib.import_module("lxml.etree")
    schema = etree.XMLSchema(etree.parse(path))
    schema.assertValid(
        etree.fromstring(reporter("junit").render(factory.EXAMPLES[example]()).encode())
    )


def test_cases_are_the_findings() -> None:
    root = junit(factory.few())
    assert sum(int(suite.get("skipped", "0")) for suite in root) == 1
    assert {name: root.get(name) for name in ("tests", "failures", "errors")} == {
        "tests": "6",
        "failures": "2",
        "errors": "1",
    }
    names = [suite.get("name") for suite in root]
    assert names == ["bandit", "semgrep", "checkov", "probes", "coverage"]


def test_scan_without_a_gap_has_one_case_for_each_finding() -> None:
    scan = factory.many(50)
    assert len(junit(scan).findall("testsuite/testcase")) == len(scan.findings) == 50


def test_failed_engine_is_an_error() -> None:
    (case,) = junit(factory.broken()).findall("testsuite/testcase[error]")
    assert case.get("name") == "semgrep"


def test_nothing_scanned_is_an_error_not_an_empty_success() -> None:
    assert junit(factory.nothing()).get("errors") == "1"


@settings(max_examples=60, deadline=None, derandomize=True)
@given(scans())
def test_any_scan_is_well_formed_xml(scan: ScanResult) -> None:
    findings = junit(scan).findall("testsuite/testcase")
    assert len(findings) >= len(scan.findings)


def test_verdict_comes_first() -> None:
    lines = markdown(factory.few()).splitlines()
    assert lines[0] == "## ❌ Failed: servegate on sentiment-api"
    assert lines[2] == "2 findings at or above high block the gate."


def test_a_pass_says_what_was_looked_at() -> None:
    assert "4 engines looked at 5 files and 4 operations" in markdown(factory.clean())


def test_nothing_scanned_is_said() -> None:
    assert "Nothing was scanned" in markdown(factory.nothing())


@pytest.mark.parametrize("example", factory.EXAMPLES)
def test_example_is_quiet(example: str) -> None:
    assert_quiet(markdown(factory.EXAMPLES[example]()))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(scans())
def test_any_scan_is_quiet(scan: ScanResult) -> None:
    assert_quiet(markdown(scan))


def test_size_is_bounded_and_the_rest_is_counted() -> None:
    text = markdown(factory.many(9_000))
    assert len(text.encode()) <= MAX_BYTES
    left_out = re.search(r"([\d,]+) findings of no higher severity left out here", text)
    assert left_out is not None
    levels = "critical|high|medium|low|info"
    rows = len(re.findall(rf"^\| \S+ (?:{levels})", text, re.MULTILINE))
    assert int(left_out[1].replace(",", "")) + rows == 9_000


def test_size_is_bounded_whatever_is_long() -> None:
    scan = factory.hostile()
    long = replace(
        scan,
        project="p" * 100_000,
        decision=replace(
            scan.decision,
            reasons=tuple(
                replace(reason, text="😀" * 10_000) for reason in scan.decision.reasons * 50
            ),
        ),
        plan=replace(scan.plan, excluded=scan.plan.excluded * 500),
    )
    assert len(markdown(long).encode()) <= MAX_BYTES


def test_a_large_junit_file_goes_on_without_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = factory.many(300)
    whole = reporter("junit").render(scan)
    monkeypatch.setattr("scanner.reporters.junit_xml.MAX_TEXT", 10_000)
    short = reporter("junit").render(scan)
    assert len(short) < len(whole) * 0.8
    assert short.count("<testcase") == whole.count("<testcase") == 300
    assert short.count("<failure") == whole.count("<failure")
