from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive
from scanner.engines.dast.probes.trace_method import PROBE
from tests.probes.harness import Answer, Server, Talk, api, talk

ITEMS = "GET /items"


def said(server: Server) -> Talk:
    return talk(PROBE, ITEMS, api(ITEMS), server)


def back(call: Call) -> str:
    lines = "\r\n".join(f"{name}: {value}" for name, value in call.headers)
    return f"{call.method} {call.path} HTTP/1.1\r\n{lines}"


def test_request_comes_back() -> None:
    def server(call: Call) -> Answer:
        headers = {"Content-Type": "message/http"}
        return Answer(200, back(call), headers) if call.method == "TRACE" else Answer(200, {})

    talked = said(server)
    assert talked.found.proof[0].call.method == "TRACE"
    assert [one.call.method for one in talked.found.controls] == ["GET"]


@pytest.mark.parametrize(
    "server",
    [
        lambda call: Answer(405 if call.method == "TRACE" else 200),
        lambda _call: Answer(200, {"status": "ok"}),
        lambda call: Answer(200, back(call)),
        lambda call: Answer(200, {"headers": dict(call.headers)}),
        lambda call: Answer(404, back(call)) if call.method == "TRACE" else Answer(200),
        lambda call: Answer(200, f"TRACE {call.path} HTTP/1.1"),
    ],
)
def test_innocent(server: Server) -> None:
    assert isinstance(said(server).verdict, Held)


def test_echo_that_looks_like_a_trace() -> None:
    """It repeats the headers of any request: TRACE shows nothing more."""

    def server(call: Call) -> Answer:
        return Answer(200, f"TRACE {back(call)}")

    assert isinstance(said(server).verdict, Held)


def test_no_answer() -> None:
    def server(call: Call) -> Answer:
        return Answer(0, fault="closed") if call.method == "TRACE" else Answer(200)

    assert said(server).verdict == Inconclusive("closed")
