from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.host_header_trust import PROBE
from tests.probes.harness import Answer, Server, Talk, api, talk

ITEMS = "GET /items"
OWN = "127.0.0.1"


def said(server: Server, *operations: str) -> Talk:
    made = operations or (ITEMS,)
    return talk(PROBE, made[0], api(*made), server)


def linking(*headers: str) -> Server:
    """A server whose next link leads to the host in one of these headers."""

    def server(call: Call) -> Answer:
        sent = dict(call.headers)
        host = next((sent[name] for name in headers if name in sent), OWN)
        return Answer(200, {"items": [], "next": f"http://{host}/items?page=2"})

    return server


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host"])
def test_link_follows_the_header(header: str) -> None:
    found = said(linking(header)).found
    assert header in found.message
    assert str(found.operation) == ITEMS
    assert len(found.proof) == len(found.controls) == 2


def test_link_in_a_header() -> None:
    def server(call: Call) -> Answer:
        host = dict(call.headers).get("Host", OWN)
        return Answer(200, {}, {"Location": f"https://{host}/items/1"})

    assert said(server).found


def test_every_header_is_shown() -> None:
    def server(call: Call) -> Answer:
        urls = [f"http://{value}/" for _, value in call.headers]
        return Answer(200, {"seen": urls, "self": f"http://{OWN}/items"})

    assert isinstance(said(server).verdict, Held)


@pytest.mark.parametrize(
    "server",
    [
        linking(),
        lambda call: Answer(
            400 if "Host" in dict(call.headers) else 200, {"self": f"http://{OWN}/"}
        ),
        lambda call: Answer(200, {"host": dict(call.headers).get("Host"), "u": f"http://{OWN}/"}),
        lambda call: Answer(421, linking("Host")(call).body) if call.headers else linking()(call),
    ],
)
def test_innocent(server: Server) -> None:
    assert isinstance(said(server).verdict, Held)


def test_once_is_not_twice() -> None:
    seen: list[str] = []

    def server(call: Call) -> Answer:
        host = dict(call.headers).get("Host", OWN)
        seen.append(host)
        return linking("Host")(call) if len({*seen}) <= 2 else linking()(call)

    assert isinstance(said(server).verdict, Held)


@pytest.mark.parametrize("operations", [(ITEMS,), ("POST /items",)])
def test_no_links(operations: tuple[str, ...]) -> None:
    talked = said(lambda _call: Answer(200, {"ok": True}), *operations)
    assert isinstance(talked.verdict, NotApplicable)
    assert not talked.calls
