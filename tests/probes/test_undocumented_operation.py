from __future__ import annotations

from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive
from scanner.engines.dast.probes.undocumented_operation import PROBE
from scanner.model.severity import Severity
from tests.probes.harness import Answer, Server, api, obj, talk, who

PREDICT = "POST /v1/predict"
DOCUMENT = api(
    PREDICT, "GET /v1/models", body_post_v1_predict=obj("text", text="string", texts="array")
)
PREDICTION = {"model": "base", "predictions": [{"label": "good"}]}
METRICS = "# HELP up Whether it is up\n# TYPE up gauge\nup 1\n"


def serving(extra: Server) -> Server:
    """The documented operations, with a key; everything else is up to `extra`."""

    def server(call: Call) -> Answer:
        if call.path not in ("/v1/predict", "/v1/models"):
            return extra(call)
        if who(call) is None:
            return Answer(401)
        return Answer(200, PREDICTION if call.method == "POST" else {"models": ["base"]})

    return server


def nothing(_call: Call) -> Answer:
    return Answer(404, {"detail": "Not Found"})


def at(path: str, answer: Answer, keyed: bool = False) -> Server:
    def extra(call: Call) -> Answer:
        if call.path != path:
            return nothing(call)
        return Answer(401) if keyed and who(call) is None else answer

    return serving(extra)


def ask(server: Server, document: dict[str, Any] = DOCUMENT) -> Any:
    return talk(PROBE, "GET /v1/models", document, server)


@pytest.mark.parametrize("path", ["/v0/predict", "/v2/predict", "/beta/predict", "/predict"])
def test_other_version_without_a_key(path: str) -> None:
    found = ask(at(path, Answer(200, PREDICTION))).found
    assert str(found.operation) == f"POST {path}"
    assert found.severity is Severity.HIGH
    assert found.proof[-1].call.identity is None
    assert len(found.controls) >= 3


def test_other_version_with_a_key() -> None:
    found = ask(at("/v0/predict", Answer(200, PREDICTION), keyed=True)).found
    assert found.severity is Severity.LOW


def test_other_version_that_needs_another_field() -> None:
    def extra(call: Call) -> Answer:
        if call.path != "/v0/predict":
            return nothing(call)
        return Answer(200, PREDICTION) if "texts" in call.json_body else Answer(500)

    assert str(ask(serving(extra)).found.operation) == "POST /v0/predict"


@pytest.mark.parametrize(
    ("path", "body", "severity"),
    [
        ("/metrics", METRICS, Severity.LOW),
        ("/debug", {"versions": {"python": "3.11"}}, Severity.MEDIUM),
        ("/.env", "# settings\nDB_URL=postgres://db\n", Severity.HIGH),
        ("/.git/HEAD", "ref: refs/heads/main\n", Severity.HIGH),
        ("/actuator/env", {"propertySources": []}, Severity.HIGH),
        ("/docs", "<div id='swagger-ui'></div>", Severity.INFO),
    ],
)
def test_management_surface(path: str, body: object, severity: Severity) -> None:
    found = ask(at(path, Answer(200, body))).found
    assert str(found.operation) == f"GET {path}"
    assert found.severity is severity


def test_each_place_is_a_finding_of_its_own() -> None:
    def extra(call: Call) -> Answer:
        if call.path == "/v0/predict":
            return Answer(200, PREDICTION)
        return Answer(200, METRICS) if call.path == "/metrics" else nothing(call)

    found = ask(serving(extra)).found
    assert [str(one.operation) for one in (found, *found.also)] == [
        "POST /v0/predict",
        "GET /metrics",
    ]


def test_documented_paths_are_no_finding() -> None:
    document = api("GET /v1/models", "GET /metrics", "POST /v0/predict", PREDICT)

    def extra(call: Call) -> Answer:
        if call.path == "/v0/predict":
            return Answer(200, PREDICTION)
        return Answer(200, METRICS) if call.path == "/metrics" else nothing(call)

    assert isinstance(ask(serving(extra), document).verdict, Held)


@pytest.mark.parametrize(
    "extra",
    [
        nothing,
        lambda _call: Answer(401),
        lambda _call: Answer(200, PREDICTION),
        lambda _call: Answer(200, {"models": ["base"]}),
        lambda _call: Answer(200, METRICS),
        lambda call: Answer(200, {"error": f"no page at {call.path}"}),
        lambda call: Answer(200, f"<title>Not found</title> {call.path}"),
        lambda _call: Answer(200, "<h1>Sign in</h1><input type=password>"),
        lambda _call: Answer(307, headers={"Location": "/login"}),
        lambda call: Answer(200, call.json_body or {"path": call.path}),
    ],
)
def test_everything_else_is_answered_alike(extra: Server) -> None:
    assert isinstance(ask(serving(extra)).verdict, Held)


def test_server_that_answers_everything_is_asked_little() -> None:
    talked = ask(serving(lambda _call: Answer(200, PREDICTION)))
    assert "a version that cannot exist" not in {call.label for call in talked.calls}


def test_any_version_leads_to_the_same_handler() -> None:
    def extra(call: Call) -> Answer:
        return Answer(200, PREDICTION) if call.path.endswith("/predict") else nothing(call)

    assert isinstance(ask(serving(extra)).verdict, Held)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/admin", "<h1>Welcome to our admin guide</h1>"),
        ("/debug", {"detail": "disabled"}),
        ("/env", "This page explains the environment."),
        ("/.env", "<html>Not here</html>"),
        ("/console", "<title>Shop for games consoles</title>"),
        ("/metrics", {"detail": "see the other port"}),
    ],
)
def test_page_that_only_has_the_name(path: str, body: object) -> None:
    assert isinstance(ask(at(path, Answer(200, body))).verdict, Held)


def test_operations_with_effects_are_not_tried_twice() -> None:
    redeem = "POST /v1/credits/redeem"
    called: list[str] = []

    def server(call: Call) -> Answer:
        called.append(f"{call.method} {call.path}")
        return Answer(200, {"credits": 1})

    talk(PROBE, redeem, api(redeem), server)
    assert "POST /v0/credits/redeem" not in called


def test_no_answer() -> None:
    assert ask(lambda _call: Answer(0, fault="closed")).verdict == Inconclusive("closed")
