from __future__ import annotations

import itertools

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive
from scanner.engines.dast.probes.missing_security_headers import PROBE
from tests.probes.harness import Answer, api, talk

ITEMS = "GET /items"
SAFE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def test_headers_are_missing() -> None:
    found = talk(PROBE, ITEMS, api(ITEMS), lambda _call: Answer(200, {"a": 1})).found
    assert "nosniff" in found.message
    assert "no-store" in found.message


@pytest.mark.parametrize(
    "headers",
    [
        SAFE,
        {**SAFE, "X-Content-Type-Options": "NoSniff"},
        {**SAFE, "X-Content-Type-Options": "nosniff, nosniff"},
        {**SAFE, "Cache-Control": "private, max-age=10"},
    ],
)
def test_headers_are_there(headers: dict[str, str]) -> None:
    talked = talk(PROBE, ITEMS, api(ITEMS), lambda _call: Answer(200, {"a": 1}, headers))
    assert isinstance(talked.verdict, Held)


def test_public_answer_may_be_kept() -> None:
    document = api(ITEMS)
    document["paths"]["/items"]["get"]["security"] = []
    headers = {"X-Content-Type-Options": "nosniff"}
    talked = talk(PROBE, ITEMS, document, lambda _call: Answer(200, {"a": 1}, headers))
    assert isinstance(talked.verdict, Held)


def test_answer_to_a_write_is_not_kept_anyway() -> None:
    predict = "POST /predict"
    headers = {"X-Content-Type-Options": "nosniff"}
    talked = talk(PROBE, predict, api(predict), lambda _call: Answer(200, {"a": 1}, headers))
    assert isinstance(talked.verdict, Held)


@pytest.mark.parametrize("late", [Answer(0, fault="closed"), Answer(429), Answer(500)])
def test_no_plain_answer(late: Answer) -> None:
    calls = itertools.count()

    def server(_call: Call) -> Answer:
        return late if next(calls) else Answer(200, {"a": 1})

    assert isinstance(talk(PROBE, ITEMS, api(ITEMS), server).verdict, Inconclusive)
