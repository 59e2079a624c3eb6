from __future__ import annotations

import pytest
from msgspec.structs import replace

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.exposed_stage import PROBE
from tests.probes.harness import Answer, Talk, api, converse, reply_to, survey

MODELS = "GET /models"


def said(*urls: str, served: bool = True) -> Talk:
    document = {**api(MODELS), "servers": [{"url": url} for url in urls]}
    world = survey(document, answer)
    call = Call(label="the specification", method="GET", path="/openapi.json")
    told = reply_to(call, answer) if served else None
    return converse(PROBE, MODELS, replace(world, document=told), answer)


def answer(_call: Call) -> Answer:
    return Answer(200, [])


@pytest.mark.parametrize(
    "url",
    [
        "https://staging.example.com/v1",
        "https://api-dev.example.com",
        "https://api.test.example.com",
        "http://qa2.example.com:8080",
    ],
)
def test_a_stage_is_named(url: str) -> None:
    talked = said(url)
    assert url in talked.found.message
    assert not talked.calls, "no such host is asked for anything"


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com",
        "https://latest.example.com",
        "https://devices.example.com",
        "https://contest.example.com",
        "http://localhost:8000",
        "https://api.example.com/dev/v1",
        "/v1",
        ".",
    ],
)
def test_innocent_hosts(url: str) -> None:
    assert isinstance(said(url).verdict, Held)


def test_no_servers() -> None:
    assert isinstance(said().verdict, NotApplicable)


def test_a_document_that_the_endpoint_keeps_to_itself() -> None:
    talked = said("https://staging.example.com", served=False)
    assert isinstance(talked.verdict, NotApplicable)
