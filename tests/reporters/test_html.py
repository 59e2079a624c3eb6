"""`report.html` as text: nothing live comes from data, and every state has its words."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from scanner.assets import templates_dir
from scanner.model.decision import Status
from scanner.model.evidence import CodeSnippet, Proof
from scanner.model.scan import ScanResult
from scanner.reporters import reporter
from scanner.reporters.html import detail, page_script, page_style
from scanner.reporters.html.board import boards
from tests.reporters import factory
from tests.reporters.strategies import scans


class Outline(HTMLParser):
    """Tags with their attributes, and the text inside each script and style."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        last = self.tags[-1][0] if self.tags else ""
        if last in ("script", "style") and data.strip():
            self.raw.append((last, data))


def html_of(scan: ScanResult) -> str:
    return reporter("html").render(scan)


def data_of(scan: ScanResult) -> dict[str, Any]:
    text = html_of(scan)
    packed = re.search(r'<script type="text/plain" id="data" data-packed>(.*?)</script>', text)
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)
    if packed is not None:
        loaded = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    else:
        assert found is not None
        loaded = json.loads(found[1])
    assert isinstance(loaded, dict)
    return loaded


def assert_inert(text: str) -> None:
    page = Outline(text)
    scripts = [attrs for tag, attrs in page.tags if tag == "script"]
    assert len(scripts) == 2
    assert scripts[0]["type"] in ("application/json", "text/plain")
    assert scripts[1] == {}
    assert [body for tag, body in page.raw if tag == "script"][1] == page_script(templates_dir())
    for tag, attrs in page.tags:
        assert tag not in ("img", "iframe", "object", "embed", "link", "base", "video", "audio")
        assert not [name for name in attrs if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action", "srcset", "xlink:href"):
            target = attrs.get(name) or "#"
            assert target.startswith(("#", "https://owasp.org/", "https://genai.owasp.org/")), (
                target
            )


@pytest.mark.parametrize("example", factory.EXAMPLES)
def test_nothing_from_the_scan_is_live(example: str) -> None:
    assert_inert(html_of(factory.EXAMPLES[example]()))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(scans())
def test_nothing_from_any_scan_is_live(scan: ScanResult) -> None:
    assert_inert(html_of(scan))


def test_policy_allows_just_the_inlined_style_and_script() -> None:
    page = Outline(html_of(factory.hostile()))
    (policy,) = [
        attrs["content"]
        for tag, attrs in page.tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    for tag, body in (page.raw[0], page.raw[-1]):
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_templates_never_switch_escaping_off() -> None:
    texts = [path.read_text("utf-8") for path in templates_dir().rglob("*.j2")]
    assert len(texts) > 5
    assert not [text for text in texts if re.search(r"\|\s*safe|autoescape|Markup", text)]


def test_inlined_files_cannot_end_their_element() -> None:
    for text in (page_style(templates_dir()), page_script(templates_dir())):
        assert "</" not in text
        assert "<!--" not in text


def test_script_has_no_way_to_read_text_as_markup() -> None:
    text = page_script(templates_dir())
    forbidden = ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(")
    assert not [word for word in forbidden if word in text]


def test_links_lead_only_to_web_addresses() -> None:
    scan = factory.few()
    rule_id = scan.findings[0].group.lead.rule_id
    bad = replace(
        scan.catalogue[rule_id],
        cwe=("CWE-1234567", "CWE-79"),
        owasp=("API11:2023", "javascript:alert(1)"),
        references=("javascript:alert(1)", "data:text/html,x", "https://a/ b", "https://ok/x?y=1"),
    )
    data = data_of(replace(scan, catalogue={**scan.catalogue, rule_id: bad}))
    (rule,) = [rule for rule in data["rules"] if rule["id"] == rule_id]
    assert rule["links"] == ["https://ok/x?y=1"]
    assert [entry["href"] for entry in rule["ids"]] == [
        "",
        "https://cwe.mitre.org/data/definitions/79.html",
        "",
        "",
        "",
    ]


def test_pass_with_no_findings_says_what_was_looked_at() -> None:
    text = html_of(factory.clean())
    assert "Passed" in text
    assert "No finding at or above high; 4 engines looked at 5 files and 4 operations." in text
    assert "<h3>No findings</h3>" in text


def test_nothing_scanned_is_never_a_pass() -> None:
    text = html_of(factory.nothing())
    assert "<h3>Nothing was scanned</h3>" in text
    assert "Passed" not in text


def test_failed_engine_without_findings_is_no_clean_bill() -> None:
    text = html_of(factory.broken())
    assert "<h3>No findings in what was looked at</h3>" in text
    assert "semgrep was ended by signal 9" in text


def test_engine_that_never_ran_is_shown_as_such() -> None:
    text = html_of(replace(factory.clean(), runs=()))
    assert text.count('<span class="pill not-run">not run</span>') == 4
    assert "<h3>Nothing was scanned</h3>" in text


def test_long_scan_is_told_in_minutes() -> None:
    scan = factory.clean()
    assert "took 2 min 5 s" in html_of(replace(scan, ended=scan.started + timedelta(seconds=125)))


def test_flagged_lines_are_those_of_the_finding() -> None:
    data = data_of(factory.few())
    (load,) = [item for item in data["findings"] if "torch.load reads" in item["message"]]
    (snippet,) = load["evidence"]
    assert (snippet["start"], snippet["first"], snippet["last"]) == (38, 41, 41)
    assert len(snippet["lines"]) == 7


def test_exchanges_are_shown_as_sent_and_answered() -> None:
    data = data_of(factory.few())
    (read,) = [item for item in data["findings"] if "bob reads" in item["message"]]
    (proof,) = read["evidence"]
    assert proof["exchanges"][0]["request"] == (
        "GET http://127.0.0.1:8000/v1/jobs/7\nx-api-key: [redacted]\naccept: application/json"
    )
    assert proof["exchanges"][0]["response"].startswith("200 OK\ncontent-type: application/json")
    assert proof["controls"][0]["response"].startswith("404 Not Found")


def test_a_megabyte_on_one_line_is_cut() -> None:
    scan = factory.few()
    item = scan.findings[1]
    lead = replace(
        item.group.lead,
        message="m" * 1_000_000,
        evidence=(CodeSnippet(path="app/models.py", start_line=41, lines=("x" * 1_000_000,)),),
    )
    group = replace(item.group, findings=(lead,))
    text = html_of(replace(scan, findings=(replace(item, group=group),)))
    assert "x" * detail.LINE_LIMIT not in text
    assert "x" * (detail.LINE_LIMIT - 1) + "…" in text


def test_evidence_beyond_the_budget_is_left_out_and_said_so() -> None:
    scan = factory.many(600)
    proof = Proof(
        oracle="It holds.",
        exchanges=(factory.exchange("once", 200, "y" * 19_000),),
        controls=(),
        replay="",
    )
    heavy = tuple(
        replace(
            item,
            group=replace(item.group, findings=(replace(item.group.lead, evidence=(proof,)),)),
        )
        for item in scan.findings
    )
    text = html_of(replace(scan, findings=heavy))
    data = data_of(replace(scan, findings=heavy))
    kinds = [record["kind"] for item in data["findings"] for record in item["evidence"]]
    assert len(text.encode()) < 10_000_000
    assert (kinds[0], kinds[-1], len(kinds)) == ("proof", "omitted", 600)


def test_thousands_of_findings_make_a_page_that_can_be_mailed() -> None:
    assert len(html_of(factory.many(10_000)).encode()) < 2_500_000


def test_board_tells_proven_suspected_held_and_untested_apart() -> None:
    states = {item.id: item.state for item in boards(factory.few())[0].categories}
    assert states == {
        "API1:2023": "proven",
        "API2:2023": "proven",
        "API3:2023": "not tested",
        "API4:2023": "tested and held",
        "API5:2023": "not tested",
        "API6:2023": "not tested",
        "API7:2023": "not tested",
        "API8:2023": "suspected",
        "API9:2023": "not tested",
        "API10:2023": "suspected",
    }


def test_board_does_not_count_suppressed_findings() -> None:
    scan = factory.few()
    hushed = tuple(replace(item, status=Status.SUPPRESSED) for item in scan.findings)
    states = {item.id: item.state for item in boards(replace(scan, findings=hushed))[0].categories}
    assert states["API1:2023"] == "tested and held"
    assert states["API8:2023"] == "not tested"
