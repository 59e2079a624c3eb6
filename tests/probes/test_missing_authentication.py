from __future__ import annotations

import itertools
from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.missing_authentication import PROBE
from scanner.model.severity import Confidence
from tests.probes.harness import Answer, Server, api, talk, who

ITEMS = "GET /items"
DOCUMENT = api(ITEMS)
LIST = {"items": [{"id": 1, "text": "private"}]}


def at_items(answer: Server) -> Server:
    """The answer at the documented path, 404 elsewhere."""

    def server(call: Call) -> Answer:
        return answer(call) if call.path == "/items" else Answer(404, {"detail": "Not Found"})

    return server


def test_no_credential_is_needed() -> None:
    found = talk(PROBE, ITEMS, DOCUMENT, at_items(lambda _call: Answer(200, LIST))).found
    assert "without any credential" in found.message
    assert found.proof[-1].call.identity is None
    assert [one.status for one in found.controls] == [404]


def test_any_credential_will_do() -> None:
    def server(call: Call) -> Answer:
        return Answer(200, LIST) if call.identity else Answer(401)

    found = talk(PROBE, ITEMS, DOCUMENT, at_items(server)).found
    assert "made-up" in found.message


def test_only_nobody_gets_through() -> None:
    def server(call: Call) -> Answer:
        return Answer(401) if call.identity else Answer(200, LIST)

    assert talk(PROBE, ITEMS, DOCUMENT, at_items(server)).found.confidence is Confidence.FIRM


@pytest.mark.parametrize(
    "refusal",
    [
        Answer(401),
        Answer(403, {"detail": "no"}),
        Answer(302, headers={"Location": "/login"}),
        Answer(200, {"error": "authentication required"}),
        Answer(200, {"success": False, "items": []}),
        Answer(200, "<form><input type='password'></form>", {"Content-Type": "text/html"}),
        Answer(200, {"items": []}),
        Answer(200, {"items": [{"id": None, "text": ""}]}),
    ],
)
def test_refusals_of_every_kind(refusal: Answer) -> None:
    def server(call: Call) -> Answer:
        return Answer(200, LIST) if who(call) else refusal

    assert isinstance(talk(PROBE, ITEMS, DOCUMENT, at_items(server)).verdict, Held)


def test_same_answer_to_everything() -> None:
    verdict = talk(PROBE, ITEMS, DOCUMENT, lambda _call: Answer(200, {"status": "ok"})).verdict
    assert isinstance(verdict, Held)


@pytest.mark.parametrize(
    "lost", [Answer(200, {"error": "not found"}), Answer(200, "<title>Shop</title>")]
)
def test_soft_404_does_not_hide_it(lost: Answer) -> None:
    def server(call: Call) -> Answer:
        return Answer(200, LIST) if call.path == "/items" else lost

    assert talk(PROBE, ITEMS, DOCUMENT, server).found


@pytest.mark.parametrize(
    "operation", ["GET /health", "POST /login", "DELETE /items/{id}", "POST /models/unload"]
)
def test_open_by_custom_or_destructive(operation: str) -> None:
    talked = talk(PROBE, operation, api(operation), lambda _call: Answer(200, LIST))
    assert isinstance(talked.verdict, NotApplicable)


@pytest.mark.parametrize("security", [[], [{}], [{"key": []}, {}]])
def test_document_asks_for_no_credential(security: list[Any]) -> None:
    document: dict[str, Any] = api(ITEMS)
    document["paths"]["/items"]["get"]["security"] = security
    talked = talk(PROBE, ITEMS, document, lambda _call: Answer(200, LIST))
    assert isinstance(talked.verdict, NotApplicable)


def test_nothing_to_compare_with() -> None:
    talked = talk(PROBE, ITEMS, DOCUMENT, lambda _call: Answer(422))
    assert isinstance(talked.verdict, NotApplicable)


def test_no_answer() -> None:
    calls = itertools.count()

    def server(_call: Call) -> Answer:
        return Answer(0, fault="closed") if next(calls) else Answer(200, LIST)

    assert talk(PROBE, ITEMS, DOCUMENT, server).verdict == Inconclusive("closed")
