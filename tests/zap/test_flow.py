"""The whole engine against the double: import, active scan and alerts, in good and bad forms."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from scanner.engines.zap import Zap, attack
from scanner.engines.zap.options import ZapOptions
from scanner.model.errors import (
    EngineError,
    TargetError,
    ToolMissing,
    ToolTimeout,
    ToolUnreadable,
)
from scanner.model.evidence import Proof
from scanner.model.location import EndpointLocation
from scanner.model.outcome import Completed, Partial
from scanner.model.plan import SourceFile
from scanner.model.protocols import ScanContext
from scanner.model.severity import Confidence, Severity
from tests.zap import double
from tests.zap.conftest import SECRET, Listener, target_of, task_of

Home = Callable[[str], ZapOptions]


@pytest.fixture
def scan(
    listener: Listener, double_home: Home, context: ScanContext, tmp_path: Path
) -> Callable[..., Completed | Partial]:
    """Scan the listener with a double in some scenario."""

    def run(scenario: str, **options: Any) -> Completed | Partial:
        made = replace(double_home(scenario), **options)
        return Zap(made).scan(task_of(target_of(listener), tmp_path), context)

    return run


def test_alerts_become_findings_on_operations(
    scan: Callable[..., Completed | Partial], listener: Listener
) -> None:
    outcome = scan("good")
    assert outcome.tool_version == "2.17.0"
    assert outcome.targets == (
        "GET /health",
        "GET /v1/items",
        "GET /v1/items/{item_id}",
        "POST /v1/items",
    )
    assert outcome.requests == 120
    by_rule = {one.rule_id: one for one in outcome.findings}
    assert set(by_rule) == {"dast/zap-40018-1", "dast/zap-10021", "dast/zap-90022"}

    sql = by_rule["dast/zap-40018-1"]
    assert str(sql.location) == "GET /v1/items/{item_id} (item_id)"
    assert (sql.severity, sql.confidence) == (Severity.CRITICAL, Confidence.FIRM)
    rule = next(one for one in outcome.rules if one.id == "dast/zap-40018-1")
    assert (rule.cwe, rule.owasp, rule.controls) == (("CWE-89",), ("LLM05:2025",), ("INJ-1",))

    header = by_rule["dast/zap-10021"]
    assert str(header.location) == "GET /v1/items/{item_id}"
    assert [str(one.location) for one in header.related] == ["GET /health"]

    error = by_rule["dast/zap-90022"]
    assert str(error.location) == "POST /v1/items"
    assert (error.severity, error.confidence) == (Severity.LOW, Confidence.TENTATIVE)
    assert {headers.get("x-api-key") for _, headers in listener.asked[1:]} == {SECRET}


def test_findings_name_the_code_that_serves_them(
    listener: Listener, double_home: Home, context: ScanContext, tmp_path: Path
) -> None:
    source = "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/v1/items/{item_id}')\n"
    (tmp_path / "app.py").write_text(source + "def one(item_id): ...\n")
    task = replace(
        task_of(target_of(listener), tmp_path), sources=(SourceFile(path="app.py", size=99),)
    )
    outcome = Zap(double_home("good")).scan(task, context)
    location = next(one.location for one in outcome.findings if one.rule_id == "dast/zap-40018-1")
    assert isinstance(location, EndpointLocation)
    assert location.handler is not None
    assert location.handler.path == "app.py"


def test_the_credential_is_in_no_record(scan: Callable[..., Completed | Partial]) -> None:
    outcome = scan("good")
    proof = next(one for one in outcome.findings if one.rule_id == "dast/zap-40018-1").evidence[0]
    assert isinstance(proof, Proof)
    assert ("X-API-Key", "$ALICE_KEY") in proof.exchanges[0].request.headers
    assert '-H "X-API-Key: $ALICE_KEY"' in proof.replay
    assert SECRET not in repr(outcome)
    assert proof.exchanges[0].response is not None
    assert proof.exchanges[0].response.body == '{"echo": "[redacted]", "rows": 3}'


def test_rows_that_are_none_are_a_gap(scan: Callable[..., Completed | Partial]) -> None:
    outcome = scan("good")
    assert isinstance(outcome, Partial)
    assert [(one.subject, one.reason) for one in outcome.gaps] == [
        ("zap", "2 of ZAP's reports could not be read")
    ]
    assert "1 left out: marked as false positive in ZAP" in outcome.notes
    assert "2 left out: of another host" in outcome.notes
    assert "1 left out: of rules that say nothing about an API" in outcome.notes
    assert "not given to ZAP, since they may destroy: DELETE /v1/items/{item_id}" in outcome.notes
    assert "rules of our policy that this ZAP lacks: 40042" in outcome.notes
    assert "ZAP on the specification: Operation of /x has no summary" in outcome.notes


@pytest.mark.parametrize(
    ("scenario", "error", "told"),
    [
        (double.NO_IMPORT, ToolUnreadable, "ZAP imported none of 4 operations"),
        (double.BARE, ToolMissing, "no OpenAPI add-on"),
        (double.BLIND, TargetError, "ZAP answers, but can't open"),
        (double.ELSEWHERE, TargetError, "ZAP gets 418 from"),
        (double.NEVER_READY, ToolTimeout, "ZAP was not ready after 3 s"),
    ],
)
def test_what_tests_nothing_fails_by_name(
    scan: Callable[..., Completed | Partial], scenario: str, error: type[EngineError], told: str
) -> None:
    with pytest.raises(error) as raised:
        scan(scenario, start_timeout=3.0)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("scenario", "subject", "reason", "kept"),
    [
        (double.HALF_IMPORT, "GET /v1/items/{item_id}", "ZAP did not import it", True),
        (double.DIES, "zap", "ZAP ended with exit code 137 in the scan", True),
        (double.HANGS, "zap", "ZAP did not answer ascan/view/scans within 1.5 s", True),
        (double.SLOW, "active scan", "stopped after 2 s, not finished", True),
        (
            double.STOPPED,
            "ZAP rule 40018 (SQL Injection)",
            "Skipped, max. scan duration reached",
            True,
        ),
        (double.NO_RULES, "active scan", "none of the attack rules of our policy", False),
        (double.ODD_SCAN, "zap", "ZAP gave 'url_not_found' for a scan", False),
    ],
)
def test_what_was_cut_short_is_partial(
    scan: Callable[..., Completed | Partial],
    scenario: str,
    subject: str,
    reason: str,
    kept: bool,
) -> None:
    """What ZAP had reported by then is kept."""
    outcome = scan(scenario, call_timeout=1.5, max_seconds=2.0)
    assert isinstance(outcome, Partial)
    assert any(one.subject == subject and reason in one.reason for one in outcome.gaps)
    assert kept == ("dast/zap-40018-1" in {one.rule_id for one in outcome.findings})


def test_a_scan_that_ends_with_its_target_is_no_whole_one(
    context: ScanContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ZAP says the same of a scan of which all requests were refused."""
    monkeypatch.setattr(attack, "collect", lambda _session, _into: None)
    ended: list[str] = []
    ascan = SimpleNamespace(scans=[{"id": "0", "state": "FINISHED"}], stop=ended.append)
    session = SimpleNamespace(
        zap=SimpleNamespace(api=SimpleNamespace(ascan=ascan)),
        endpoint=SimpleNamespace(died=lambda: "ended with exit code 9"),
        gaps=[],
    )
    attack.follow(session, "0", ZapOptions(), context, attack.Collected())  # type: ignore[arg-type]
    assert [gap.reason for gap in session.gaps] == [
        "the endpoint ended with exit code 9 in the attack"
    ]


@pytest.fixture
def shared() -> Iterator[ThreadingHTTPServer]:
    """A double that was there before us."""
    server = double.serve("good", "their-key")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_shared_zap_is_left_as_it_was(
    shared: ThreadingHTTPServer, listener: Listener, context: ScanContext, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{shared.server_port}"
    options = ZapOptions(url=url, api_key="their-key")
    outcome = Zap(options).scan(task_of(target_of(listener), tmp_path), context)
    assert outcome.findings
    calls = [path for path, _ in shared.RequestHandlerClass.double.state.calls]  # type: ignore[attr-defined]
    assert "core/action/shutdown" not in calls
    assert "core/action/setMode" not in calls
    assert "pscan/action/disableAllScanners" not in calls
    assert {
        "context/action/removeContext",
        "ascan/action/removeScanPolicy",
        "replacer/action/removeRule",
    } <= set(calls)


def test_a_wrong_key_is_one_line(
    shared: ThreadingHTTPServer, listener: Listener, context: ScanContext, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{shared.server_port}"
    with pytest.raises(ToolUnreadable, match="refused the API key"):
        Zap(ZapOptions(url=url, api_key="other")).scan(
            task_of(target_of(listener), tmp_path), context
        )


def test_nobody_at_the_address(listener: Listener, context: ScanContext, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"no ZAP answers at http://127\.0\.0\.1:9"):
        Zap(ZapOptions(url="http://127.0.0.1:9", api_key="k")).scan(
            task_of(target_of(listener), tmp_path), context
        )


def test_something_else_at_the_address(
    listener: Listener, stranger: Listener, context: ScanContext, tmp_path: Path
) -> None:
    """A server that answers everything with JSON of its own."""
    with pytest.raises(EngineError) as raised:
        Zap(ZapOptions(url=stranger.origin, api_key="k")).scan(
            task_of(target_of(listener), tmp_path), context
        )
    assert "\n" not in str(raised.value)


def test_a_header_in_the_credential_is_refused(
    listener: Listener, double_home: Home, context: ScanContext, tmp_path: Path
) -> None:
    target = target_of(listener)
    bad = replace(target.identities[0], secret="a\r\nX-Admin: 1")
    with pytest.raises(TargetError, match="control character"):
        Zap(double_home("good")).scan(
            task_of(replace(target, identities=(bad,)), tmp_path), context
        )
    assert all("x-admin" not in headers for _, headers in listener.asked)
