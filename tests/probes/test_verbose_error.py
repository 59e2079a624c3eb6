from __future__ import annotations

from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.verbose_error import PROBE
from tests.probes.harness import Answer, Server, api, obj, talk

PREDICT = "POST /predict"
DOCUMENT = api(PREDICT, body_post_predict=obj("text", text="string"))
TRACES = [
    'Traceback (most recent call last):\n  File "/srv/app.py", line 3, in run',
    '{"detail": "File \\"/srv/app.py\\", line 12, in handler"}',
    "at com.example.Model.run(Model.java:42)",
    "at run (/srv/app/index.js:10:5)",
    "main.go:17 +0x1b2",
    "thread 'main' panicked at src/main.rs:4",
    "sqlite3.OperationalError: near x",
    "System.NullReferenceException: Object reference not set",
]


def failing(late: Answer) -> Server:
    """Fine with a text, something else otherwise."""

    def server(call: Call) -> Answer:
        body = call.json_body
        fine = isinstance(body, dict) and isinstance(body.get("text"), str) and body["text"]
        return Answer(200, {"label": "good"}) if fine else late

    return server


@pytest.mark.parametrize("trace", TRACES)
@pytest.mark.parametrize("status", [400, 500])
def test_error_with_internals(trace: str, status: int) -> None:
    found = talk(PROBE, PREDICT, DOCUMENT, failing(Answer(status, trace))).found
    assert found.controls


def test_even_the_valid_call_fails_with_a_traceback() -> None:
    talked = talk(PROBE, PREDICT, DOCUMENT, lambda _call: Answer(500, TRACES[0]))
    assert "the same call again" in talked.found.message


@pytest.mark.parametrize(
    "late",
    [
        Answer(422, {"detail": "text: field required"}),
        Answer(500, "Internal Server Error"),
        Answer(500, {"error": "internal error", "id": "9f2c"}),
        Answer(400, "line 3 of your file is broken; look at (1:2)"),
        Answer(200, TRACES[0]),
        Answer(200, {"results": [{"title": "How to read it", "text": TRACES[0]}]}),
    ],
)
def test_plain_errors_and_quoted_tracebacks(late: Answer) -> None:
    assert isinstance(talk(PROBE, PREDICT, DOCUMENT, failing(late)).verdict, Held)


def test_echo_of_the_request() -> None:
    def server(call: Call) -> Answer:
        return Answer(400, {"sent": call.json_body, "query": call.query, "path": call.path})

    assert isinstance(talk(PROBE, PREDICT, DOCUMENT, server).verdict, Held)


def test_documentation_about_tracebacks() -> None:
    document: dict[str, Any] = api("GET /docs-search/{id}")
    talked = talk(PROBE, "GET /docs-search/{id}", document, lambda _call: Answer(200, TRACES[0]))
    assert isinstance(talked.verdict, Held)


def test_no_answer() -> None:
    seen: list[Call] = []

    def server(call: Call) -> Answer:
        seen.append(call)
        return Answer(200, {"label": "good"}) if len(seen) == 1 else Answer(0, fault="closed")

    assert isinstance(talk(PROBE, PREDICT, DOCUMENT, server).verdict, Inconclusive)


def test_first_look_had_no_answer() -> None:
    talked = talk(PROBE, PREDICT, DOCUMENT, lambda _call: Answer(0, fault="closed"))
    assert talked.verdict == Inconclusive("closed")


@pytest.mark.parametrize("operation", ["DELETE /items/{id}", "GET /items", "POST /restart"])
def test_nothing_to_send(operation: str) -> None:
    talked = talk(PROBE, operation, api(operation), lambda _call: Answer(200, {"a": 1}))
    assert isinstance(talked.verdict, NotApplicable)
