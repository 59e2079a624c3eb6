from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.header_injection import PROBE
from tests.probes.harness import Answer, Server, Talk, api, obj, talk

GO = "GET /go"
DOCUMENT = api(GO, parameters_get_go=[{"name": "to", "in": "query", "schema": {"type": "string"}}])


def to_of(call: Call) -> str:
    return dict(call.query).get("to", "")


def wire(name: str, value: str, ends: str = "\r\n") -> dict[str, str]:
    """What a client reads where the value is written as it is."""
    first, *rest = value.split(ends)
    made = {name: first}
    for line in rest:
        key, _, held = line.partition(": ")
        made[key.strip()] = held
    return made


def said(server: Server) -> Talk:
    return talk(PROBE, GO, DOCUMENT, server)


@pytest.mark.parametrize("ends", ["\r\n", "\n"])
def test_line_end_begins_a_header(ends: str) -> None:
    found = said(lambda call: Answer(302, headers=wire("Location", to_of(call), ends))).found
    assert found.parameter == "to"
    assert len(found.controls) == 1


@pytest.mark.parametrize(
    "server",
    [
        lambda call: Answer(302, headers={"Location": to_of(call)}),
        lambda call: Answer(302, headers={"Location": to_of(call).replace("\r\n", "")}),
        lambda call: Answer(400 if "\n" in to_of(call) else 302, headers={"Location": "x"}),
        lambda call: Answer(200, {"you": to_of(call)}),
        lambda call: Answer(200, headers={"X-Last": to_of(call).rsplit(" ", 1)[-1]}),
    ],
)
def test_innocent(server: Server) -> None:
    assert isinstance(said(server).verdict, Held)


def test_one_request_where_no_header_repeats_it() -> None:
    assert len(said(lambda call: Answer(200, {"you": to_of(call)})).calls) == 1


@pytest.mark.parametrize("status", [0, 401, 403, 429])
def test_no_valid_call(status: int) -> None:
    assert isinstance(said(lambda _c: Answer(status, fault="x")).verdict, NotApplicable)


def test_no_text() -> None:
    document = api("POST /go", body_post_go=obj("n", n="integer"))
    talked = talk(PROBE, "POST /go", document, lambda _call: Answer(200, {}))
    assert isinstance(talked.verdict, NotApplicable)
