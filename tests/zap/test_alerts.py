"""Alerts to findings: words to levels, URLs to operations, text of others to text of ours."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.cli.output import families
from scanner.correlate import correlate
from scanner.engines._endpoint.spec import parse_spec
from scanner.engines.zap.alerts import Findings, convert, rule_id
from scanner.engines.zap.paths import Paths
from scanner.engines.zap.rows import read_alert, report_rows
from scanner.engines.zap.tables import alert_table, policy
from scanner.model.evidence import Proof
from scanner.model.finding import Finding, fingerprinted
from scanner.model.location import EndpointLocation
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage
from tests.zap.conftest import DOCUMENT

ORIGIN = "http://127.0.0.1:8000"
API = parse_spec(json.dumps(DOCUMENT), "openapi.json")
PATHS = Paths(API.operations, (ORIGIN,), "")


def row(**values: Any) -> dict[str, Any]:
    """A row of `alert/view/alerts`, with some values changed."""
    return {
        "id": "1",
        "pluginId": "40018",
        "alertRef": "40018",
        "name": "SQL Injection",
        "risk": "High",
        "confidence": "Medium",
        "method": "GET",
        "url": f"{ORIGIN}/v1/items/7?q=x",
        "param": "q",
        "cweid": "89",
        "description": "What it is.",
        "solution": "What to do.",
        **values,
    }


def converted(*rows: dict[str, Any], secrets: tuple[str, ...] = ()) -> Findings:
    """Findings of rows on our API."""
    alerts = [one for one in map(read_alert, rows) if one]
    assert len(alerts) == len(rows)
    return convert(alerts, PATHS, alert_table(), lambda _alert: None, secrets)


@pytest.mark.parametrize(
    ("risk", "sureness", "cwe", "severity", "confidence"),
    [
        ("High", "Confirmed", "89", Severity.CRITICAL, Confidence.PROVEN),
        ("High", "Medium", "78", Severity.CRITICAL, Confidence.FIRM),
        ("High", "Low", "89", Severity.MEDIUM, Confidence.TENTATIVE),
        ("High", "High", "200", Severity.HIGH, Confidence.FIRM),
        ("Medium", "High", "89", Severity.MEDIUM, Confidence.FIRM),
        ("Medium", "Low", None, Severity.LOW, Confidence.TENTATIVE),
        ("Low", "Low", "-1", Severity.INFO, Confidence.TENTATIVE),
        ("Informational", "High", "0", Severity.INFO, Confidence.FIRM),
        (None, None, "", Severity.INFO, Confidence.TENTATIVE),
        ("Catastrophic", "Sure", "x", Severity.INFO, Confidence.TENTATIVE),
    ],
)
def test_words_become_levels(
    risk: str | None,
    sureness: str | None,
    cwe: str | None,
    severity: Severity,
    confidence: Confidence,
) -> None:
    found = converted(row(risk=risk, confidence=sureness, cweid=cwe)).findings
    assert [(one.severity, one.confidence) for one in found] == [(severity, confidence)]


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({}, "GET /v1/items/{item_id} (q)"),
        ({"param": "7"}, "GET /v1/items/{item_id} (item_id)"),
        ({"param": "«item_id»"}, "GET /v1/items/{item_id} (item_id)"),
        ({"url": f"{ORIGIN}/v1/items/%2Fetc%2Fpasswd", "param": "/etc/passwd"},
         "GET /v1/items/{item_id} (item_id)"),
        ({"url": f"{ORIGIN}/v1/items/../../etc/passwd",
          "nodeName": f"{ORIGIN}/v1/items/«item_id» (q)"}, "GET /v1/items/{item_id} (q)"),
        ({"url": f"{ORIGIN}/v1/items/", "param": ""}, "GET /v1/items"),
        ({"method": "put"}, "PUT /v1/items/{item_id} (q)"),
        ({"url": f"{ORIGIN}/elsewhere", "param": None}, "GET /elsewhere"),
        ({"url": ORIGIN, "param": None, "method": ""}, "GET /"),
    ],
)  # fmt: skip
def test_urls_become_operations(values: dict[str, Any], place: str) -> None:
    assert [str(one.location) for one in converted(row(**values)).findings] == [place]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:80001/x", "http://127.0.0.1:8000.evil/x", "https://127.0.0.1:8000/x"]
)
def test_another_origin_is_not_ours(url: str) -> None:
    found = converted(row(url=url))
    assert found.findings == ()
    assert found.ignored == {"of another host": 1}


def test_one_weakness_at_one_place_is_one_finding() -> None:
    found = converted(
        row(id="1", confidence="Low"),
        row(id="2", url=f"{ORIGIN}/v1/items/8?q=y", attack="worst"),
        row(id="3", param="other"),
    ).findings
    assert [str(one.location) for one in found] == [
        "GET /v1/items/{item_id} (other)",
        "GET /v1/items/{item_id} (q)",
    ]
    assert found[1].severity is Severity.CRITICAL
    proof = found[1].evidence[0]
    assert isinstance(proof, Proof)
    assert "it sent 'worst'" in proof.oracle


def test_the_order_of_alerts_does_not_matter() -> None:
    rows = [row(id=str(n), param=f"p{n % 3}", attack=f"a{n % 2}") for n in range(6)]
    assert converted(*rows) == converted(*reversed(rows))


def test_it_meets_the_finding_of_a_probe() -> None:
    """Two sources for one weakness on one operation and parameter: one group, more confidence."""
    zap = converted(row(confidence="Low"))
    mine = Rule(
        id=RuleId("dast/sql-injection"),
        engine="probes",
        stage=Stage.DAST,
        title="SQL injection",
        severity=Severity.HIGH,
        confidence=Confidence.TENTATIVE,
        rationale="r",
        remediation="r",
        cwe=("CWE-943",),
    )
    probed = fingerprinted(
        [
            Finding(
                engine="probes",
                stage=Stage.DAST,
                rule_id=mine.id,
                severity=Severity.HIGH,
                confidence=Confidence.TENTATIVE,
                message="m",
                location=EndpointLocation(method="GET", path="/v1/items/{item_id}", parameter="q"),
            )
        ]
    )
    catalogue = {one.id: one for one in (*zap.rules, mine)}
    groups = correlate([*zap.findings, *probed], catalogue, families())
    assert [(group.engines, group.confidence) for group in groups] == [
        (("probes", "zap"), Confidence.FIRM)
    ]


def test_rules_carry_zaps_prose_cut_and_cleaned() -> None:
    found = converted(
        row(
            name="Name\x1b[31m\u202e with\nlines",
            description="a\u0000b " + "x" * 5000,
            solution=None,
            reference="https://owasp.org/a\njavascript:alert(1)\nhttp://b.example/<script>",
        ),
        secrets=("hunter22",),
    )
    rule = found.rules[0]
    assert rule.title == "Name [31m with lines"
    assert len(rule.rationale) <= 2000
    assert "\u0000" not in rule.rationale
    assert rule.remediation.startswith("ZAP gives no advice")
    assert rule.references == ("https://owasp.org/a", "http://b.example/")


def test_secrets_are_masked_wherever_zap_repeats_them() -> None:
    found = converted(
        row(attack="hunter22", evidence="x hunter22", other="hunter22", description="hunter22"),
        secrets=("hunter22",),
    )
    assert "hunter22" not in repr(found)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "dast/zap-40018"),
        ({"alertRef": "10035-1", "pluginId": "10035"}, "dast/zap-10035-1"),
        ({"alertRef": "", "pluginId": "-1", "name": "Found by <me>!"}, "dast/zap-found-by-me"),
        ({"alertRef": "../../x", "pluginId": None, "name": "…"}, "dast/zap-unnamed"),
    ],
)
def test_rule_ids(values: dict[str, Any], expected: str) -> None:
    alert = read_alert(row(**values))
    assert alert is not None
    assert rule_id(alert) == expected


@pytest.mark.parametrize(
    ("cwe", "tags", "owasp"),
    [
        ("89", {"API_2023_API10": "x"}, ("LLM05:2025",)),
        ("918", {}, ("API7:2023",)),
        ("-1", {"API_2023_API8": "x"}, ("API8:2023",)),
        ("-1", {"OWASP_2021_A05": "x"}, ()),
        ("-1", ["API_2023_API8"], ()),
    ],
)
def test_standard_ids_come_from_the_cwe_first(
    cwe: str, tags: object, owasp: tuple[str, ...]
) -> None:
    assert converted(row(cweid=cwe, tags=tags)).rules[0].owasp == owasp


_NASTY = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), st.text(max_size=30),
    st.just("\ud800"), st.just("9" * 400), st.lists(st.none(), max_size=1),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=1),
)  # fmt: skip


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.sampled_from(sorted(row())), _NASTY, st.booleans())
def test_no_value_breaks_the_reading(key: str, value: object, drop: bool) -> None:
    """One leaf of a real row replaced or gone: a finding, an unreadable row or nothing."""
    changed = row(**{key: value})
    if drop:
        del changed[key]
    alert = read_alert(changed)
    if alert is not None:
        found = convert([alert], PATHS, alert_table(), lambda _alert: None)
        for one in found.findings:
            assert re.fullmatch(r"dast/zap-[a-z0-9-]+", one.rule_id)
            json.dumps(one.message).encode()


@pytest.mark.parametrize("document", [[], "text", None, 3, {}, {"site": 3}, {"alerts": "x"}])
def test_what_is_no_report_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match=r"not an object|neither"):
        list(report_rows(document))


def test_our_tables_are_whole() -> None:
    chosen = policy()
    active = {rule.id for rule in chosen.active}
    passive = {rule.id for rule in chosen.passive}
    out = {rule.id for rule in chosen.left_out}
    assert len(active) == len(chosen.active)
    assert len(passive) == len(chosen.passive)
    assert not active & out
    silent = {int(one) for one in alert_table().rows.silent}
    assert not (active | passive) & silent, "a rule that is tried must be able to speak"
    every = [number for members in alert_table().rows.owasp.values() for number in members]
    assert len(every) == len(set(every)), "a CWE has one place"
