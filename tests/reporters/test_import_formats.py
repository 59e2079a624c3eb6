"""The formats that other systems import, against what those refuse."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from msgspec.structs import replace

from scanner.model.decision import Status
from scanner.model.evidence import CodeSnippet
from scanner.model.location import CodeLocation
from scanner.model.scan import ScanResult
from scanner.model.severity import Severity
from scanner.reporters import reporter
from scanner.reporters.csv_v1 import COLUMNS, cell
from scanner.reporters.markdown import MAX_COMMENT_BYTES
from tests.reporters import factory
from tests.reporters.strategies import scans

TEXT = {"type": "string", "minLength": 1}
URL = {"type": "string", "pattern": "^https?://.+"}
HEADERS = {
    "type": "array",
    "items": {"required": ["name", "value"], "properties": {"name": TEXT}},
}
MESSAGE = {
    "properties": {
        "request": {
            "required": ["headers", "method", "url"],
            "properties": {"headers": HEADERS, "method": TEXT, "url": TEXT},
        },
        "response": {
            "required": ["headers", "reason_phrase", "status_code"],
            "properties": {"headers": HEADERS, "status_code": {"type": "integer"}},
        },
    }
}
TOOL = {
    "required": ["id", "name", "version", "vendor"],
    "properties": {"id": TEXT, "name": TEXT, "version": TEXT},
}
TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"}
# What GitLab's schemas of version 15 demand of the fields that we write.
GITLAB: dict[str, Any] = {
    "required": ["scan", "version", "vulnerabilities"],
    "properties": {
        "version": {"pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"},
        "scan": {
            "required": ["analyzer", "end_time", "scanner", "start_time", "status", "type"],
            "properties": {
                "analyzer": TOOL,
                "scanner": TOOL,
                "start_time": TIME,
                "end_time": TIME,
                "status": {"enum": ["success", "failure"]},
                "messages": {
                    "items": {
                        "required": ["level", "value"],
                        "properties": {"level": {"enum": ["info", "warn", "fatal"]}, "value": TEXT},
                    }
                },
                "scanned_resources": {
                    "items": {
                        "required": ["method", "url", "type"],
                        "properties": {"method": TEXT, "url": TEXT, "type": {"const": "url"}},
                    }
                },
            },
        },
        "vulnerabilities": {
            "items": {
                "required": ["id", "identifiers", "location"],
                "properties": {
                    "id": TEXT,
                    "name": {"type": "string", "maxLength": 255},
                    "description": {"type": "string", "maxLength": 1048576},
                    "solution": {"type": "string", "maxLength": 7000},
                    "severity": {"enum": ["Info", "Low", "Medium", "High", "Critical"]},
                    "identifiers": {
                        "minItems": 1,
                        "maxItems": 20,
                        "items": {
                            "required": ["type", "name", "value"],
                            "properties": {"type": TEXT, "name": TEXT, "value": TEXT, "url": URL},
                        },
                    },
                    "links": {"items": {"required": ["url"], "properties": {"url": URL}}},
                    "evidence": {
                        **MESSAGE,
                        "properties": {
                            **MESSAGE["properties"],
                            "summary": {"type": "string"},
                            "supporting_messages": {
                                "items": {**MESSAGE, "required": ["name"]},
                            },
                        },
                    },
                },
            }
        },
    },
}
# Of the keys that DefectDojo's importer takes, those that we write.
DOJO_KEYS = frozenset(
    (
        *("title", "severity", "description", "date", "cwe", "mitigation", "impact", "references"),
        *("steps_to_reproduce", "active", "verified", "risk_accepted", "param", "line"),
        *("file_path", "static_finding", "dynamic_finding", "unique_id_from_tool"),
        *("vuln_id_from_tool", "tags"),
    )
)


def document(name: str, scan: ScanResult) -> Any:
    return json.loads(reporter(name).render(scan))


def official(name: str) -> Any:
    """A schema of GitLab's from the folder in `GITLAB_SCHEMAS`, which no package brings."""
    folder = os.environ.get("GITLAB_SCHEMAS")
    if not folder:
        pytest.skip("GITLAB_SCHEMAS names no folder with GitLab's schemas")
    return json.loads((Path(folder) / name).read_text("utf-8"))


@settings(max_examples=25, deadline=None, derandomize=True)
@given(scan=scans())
def test_gitlab_takes_any_scan(scan: ScanResult) -> None:
    sast, dast = document("gitlab-sast", scan), document("gitlab-dast", scan)
    for report in (sast, dast):
        jsonschema.validate(report, GITLAB)
    assert "scanned_resources" in dast["scan"]
    shown = [item for item in scan.findings if item.status is not Status.SUPPRESSED]
    assert len(sast["vulnerabilities"]) + len(dast["vulnerabilities"]) == len(shown)
    ids = [item["id"] for report in (sast, dast) for item in report["vulnerabilities"]]
    assert len(set(ids)) == len({str(item.group.fingerprint) for item in shown})


@pytest.mark.parametrize("example", factory.EXAMPLES)
@pytest.mark.parametrize("kind", ["sast", "dast"])
def test_gitlab_valid_by_the_official_schema(kind: str, example: str) -> None:
    schema = official(f"{kind}-report-format.json")
    jsonschema.validate(document(f"gitlab-{kind}", factory.EXAMPLES[example]()), schema)


@pytest.mark.parametrize("example", factory.EXAMPLES)
def test_gitlab_takes_our_schema(example: str) -> None:
    for kind in ("sast", "dast"):
        jsonschema.validate(document(f"gitlab-{kind}", factory.EXAMPLES[example]()), GITLAB)


def test_gitlab_tells_what_was_left_out() -> None:
    texts = [m["value"] for m in document("gitlab-sast", factory.few())["scan"]["messages"]]
    assert "1 suppressed finding left out here." in texts
    assert "checkov did not look at infra/broken.tf: Terraform syntax error in line 3" in texts
    broken = document("gitlab-sast", factory.broken())["scan"]
    assert broken["status"] == "failure"
    assert {"level": "fatal", "value": "semgrep failed: semgrep was ended by signal 9"} in broken[
        "messages"
    ]


def test_gitlab_dast_shows_the_exchanges() -> None:
    first, second = document("gitlab-dast", factory.few())["vulnerabilities"]
    assert first["location"] == {
        "hostname": "http://127.0.0.1:8000",
        "method": "POST",
        "path": "/v1/admin/reload",
        "param": "model",
    }
    assert second["evidence"]["response"]["status_code"] == 200
    assert (
        second["evidence"]["supporting_messages"][0]["name"] == "as bob, asking for a made-up job"
    )
    assert factory.SECRET not in reporter("gitlab-dast").render(factory.few())


@settings(max_examples=25, deadline=None, derandomize=True)
@given(scan=scans())
def test_sonarqube_takes_any_scan(scan: ScanResult) -> None:
    told = document("sonarqube", scan)
    rules = {rule["id"]: rule for rule in told["rules"]}
    assert len(rules) == len(told["rules"])
    assert len(told["issues"]) == sum(s.status is not Status.SUPPRESSED for s in scan.findings)
    for rule in rules.values():
        assert rule["name"]
        assert rule["engineId"] == "servegate"
        assert rule["impacts"][0]["softwareQuality"] == "SECURITY"
    for issue in told["issues"]:
        assert issue["ruleId"] in rules
        for place in (issue["primaryLocation"], *issue["secondaryLocations"]):
            assert place["message"]
            assert place["filePath"]
            lines = place["textRange"]
            assert 1 <= lines["startLine"] <= lines.get("endLine", lines["startLine"])
            assert not {"startColumn", "endColumn"} & set(lines)


def test_sonarqube_severity_is_that_of_the_finding() -> None:
    scan = factory.few()
    item = scan.findings[1]
    raised = replace(item, group=replace(item.group, severity=Severity.LOW))
    told = document("sonarqube", replace(scan, findings=(raised,)))
    (rule,) = told["rules"]
    assert rule["id"] == "sast/unsafe-model-load@low"
    assert rule["impacts"] == [{"softwareQuality": "SECURITY", "severity": "LOW"}]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(scan=scans())
def test_defectdojo_takes_any_scan(scan: ScanResult) -> None:
    findings = document("defectdojo", scan)["findings"]
    assert len(findings) == len(scan.findings)
    for finding in findings:
        assert set(finding) <= DOJO_KEYS
        assert finding["severity"] in {"Info", "Low", "Medium", "High", "Critical"}
        assert 0 < len(finding["title"]) <= 511
        assert finding["active"] is not finding["risk_accepted"]
        assert len(finding.get("file_path", "")) <= 4000


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\n=", " =", "＝", "%", "|"])  # noqa: RUF001
def test_no_cell_is_a_formula(start: str) -> None:
    assert cell(f"{start}cmd|' /C calc'!A0").startswith("'")


@settings(max_examples=25, deadline=None, derandomize=True)
@given(scan=scans())
def test_csv_has_a_row_for_each_finding(scan: ScanResult) -> None:
    rows = list(csv.reader(io.StringIO(reporter("csv").render(scan))))
    assert rows[0] == list(COLUMNS)
    assert len(rows) == len(scan.findings) + 1
    assert all(len(row) == len(COLUMNS) for row in rows)
    assert not [field for row in rows for field in row if field.startswith(tuple("=+-@\t\r"))]


def test_hostile_text_is_no_formula_in_any_column() -> None:
    scan = factory.few()
    item = scan.findings[1]
    lead = replace(
        item.group.lead,
        message="=HYPERLINK(1)",
        location=CodeLocation(path="@SUM(1).py", start_line=1, end_line=1),
    )
    told = reporter("csv").render(
        replace(scan, findings=(replace(item, group=replace(item.group, findings=(lead,))),))
    )
    (row,) = csv.DictReader(io.StringIO(told))
    assert (row["message"], row["path"]) == ("'=HYPERLINK(1)", "'@SUM(1).py")


def test_comment_lists_new_findings_and_counts_known_ones() -> None:
    text = reporter("pr-comment").render(factory.few())
    assert text.startswith("## ❌ Failed")
    assert "1 finding known before, not listed here." in text
    assert "dast/missing-authentication" in text
    assert "sast/B101" not in text, "suppressed"
    assert "dast/foreign-object-read" not in text, "known"


def test_comment_fits_into_a_comment() -> None:
    text = reporter("pr-comment").render(factory.many(5_000))
    assert len(text.encode()) <= MAX_COMMENT_BYTES
    assert "left out here; result.json has them all" in text


@pytest.mark.parametrize("example", factory.EXAMPLES)
def test_no_source_is_live_in_defectdojo(example: str) -> None:
    """Its descriptions are Markdown, and source lines hold whatever somebody wrote."""
    document = json.loads(reporter("defectdojo").render(factory.EXAMPLES[example]()))
    for found in document["findings"]:
        shown = MarkdownIt("commonmark", {"html": True}).render(found["description"])
        tags = {tag.lstrip("/") for tag in re.findall(r"<([a-zA-Z/!?][^\s>/]*)", shown)}
        assert tags <= {"p", "ul", "li", "pre", "code"}


def test_source_with_fences_ends_no_fence() -> None:
    scan = factory.few()
    item = next(i for i in scan.findings if isinstance(i.group.lead.evidence[0], CodeSnippet))
    lines = ("```", "````", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))")
    snippet = CodeSnippet(path="a.py", start_line=1, lines=lines)
    group = replace(item.group, findings=(replace(item.group.lead, evidence=(snippet,)),))
    made = reporter("defectdojo").render(replace(scan, findings=(replace(item, group=group),)))
    shown = MarkdownIt("commonmark", {"html": True}).render(
        json.loads(made)["findings"][0]["description"]
    )
    assert "<img" not in shown
    assert "<a " not in shown


def test_where_nothing_looked_gitlab_is_told_of_no_success() -> None:
    for name, example in (("gitlab-sast", factory.broken()), ("gitlab-dast", factory.nothing())):
        assert json.loads(reporter(name).render(example))["scan"]["status"] == "failure"
    assert (
        json.loads(reporter("gitlab-sast").render(factory.clean()))["scan"]["status"] == "success"
    )
