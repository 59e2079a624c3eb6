from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.missing_size_limit import PROBE
from scanner.model.severity import Confidence
from tests.probes.harness import Answer, Server, Talk, api, obj, talk

PREDICT, LIST, CHAT = "POST /predict", "GET /items", "POST /chat"
BATCH = {"type": "array", "items": {"type": "string"}}
DOCUMENT = api(
    PREDICT,
    LIST,
    CHAT,
    body_post_predict=obj("inputs", inputs=BATCH),
    body_post_chat=obj("prompt", prompt="string", n="integer"),
    parameters_get_items=[
        {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 500}}
    ],
)


def given_of(call: Call) -> list[str]:
    return list((call.json_body or {}).get("inputs", []))


def said(operation: str, server: Server, document: dict[str, Any] = DOCUMENT) -> Talk:
    return talk(PROBE, operation, document, server)


def predicting(most: int | None = None, cut: bool = False) -> Server:
    """One label for each input, up to a limit."""

    def server(call: Call) -> Answer:
        given = given_of(call)
        if most is not None and len(given) > most and not cut:
            return Answer(422, {"detail": "too many"})
        return Answer(200, {"labels": [{"label": "good"} for _ in given[:most]]}, seconds=0.1)

    return server


def test_batch_without_end() -> None:
    found = said(PREDICT, predicting()).found
    assert found.parameter == "inputs"
    assert found.confidence is Confidence.FIRM
    assert "3,000" in found.message


def test_documented_batch_is_not_kept() -> None:
    document = api(PREDICT, body_post_predict=obj("inputs", inputs={**BATCH, "maxItems": 400}))
    found = said(PREDICT, predicting(), document).found
    assert found.confidence is Confidence.PROVEN
    assert "4,000, where 400 is documented" in found.message


def test_batch_stays_within_bytes() -> None:
    long = {**BATCH, "items": {"type": "string", "example": "x" * 10_000}}
    document = api(PREDICT, body_post_predict=obj("inputs", inputs=long))
    talked = said(PREDICT, predicting(), document)
    assert max(len(str(call.json_body)) for call in talked.calls) < 2_100_000


def listing(most: int | None = None, held: int = 10_000) -> Server:
    def server(call: Call) -> Answer:
        wanted = int(dict(call.query).get("limit", "20"))
        return Answer(200, {"items": list(range(min(wanted, most or wanted, held)))})

    return server


def test_page_of_all_records() -> None:
    found = said(LIST, listing()).found
    assert found.parameter == "limit"
    assert "5,000, where 500 is documented" in found.message


def test_number_in_the_body() -> None:
    def server(call: Call) -> Answer:
        choices = [{"text": "hi", "index": i} for i in range((call.json_body or {}).get("n", 1))]
        return Answer(200, {"choices": choices})

    assert said(CHAT, server).found.parameter == "n"


@pytest.mark.parametrize(
    ("operation", "server"),
    [
        (PREDICT, predicting(64)),
        (PREDICT, predicting(64, cut=True)),
        (PREDICT, lambda call: Answer(200, {"you": call.json_body})),
        (PREDICT, lambda call: Answer(200, call.json_body)),
        (PREDICT, lambda call: Answer(200, given_of(call))),
        (PREDICT, lambda _call: Answer(200, {"labels": [1]})),
        (PREDICT, lambda _call: Answer(200, {"labels": list(range(3000))})),
        (LIST, listing(100)),
        (LIST, listing(held=30)),
        (LIST, lambda _call: Answer(200, {"items": list(range(5000))})),
        (CHAT, lambda _call: Answer(200, {"choices": [{"text": "hi"}]})),
    ],
)
def test_innocent(operation: str, server: Server) -> None:
    assert isinstance(said(operation, server).verdict, Held)


def working(per_megabyte: float, most: int = 10**9, seed: int | None = None) -> Server:
    """A server that works on a text for a time that its length decides, and some noise."""
    chance = random.Random(seed)

    def server(call: Call) -> Answer:
        body = call.json_body if isinstance(call.json_body, dict) else {}
        length = len(str(body.get("prompt", "")))
        noise = chance.expovariate(2) if seed is not None else 0.0
        seconds = 0.01 + per_megabyte * length / 1e6 + noise
        return Answer(413 if length > most else 200, {"ok": True}, seconds=seconds)

    return server


def test_text_of_any_length_is_worked_on() -> None:
    found = said(CHAT, working(0.5)).found
    assert found.parameter == "prompt"
    assert len(found.controls) == 2


@pytest.mark.parametrize("most", [10_000, 1_000_000])
def test_long_text_is_refused(most: int) -> None:
    assert isinstance(said(CHAT, working(5.0, most)).verdict, Held)


def test_long_text_is_only_read() -> None:
    assert isinstance(said(CHAT, working(0.02)).verdict, Held)


def test_noise_fifty_times() -> None:
    for seed in range(50):
        assert isinstance(said(CHAT, working(0.02, seed=seed)).verdict, Held)


def nesting(deep: Callable[[], Answer], shallow: Callable[[], Answer]) -> Server:
    def server(call: Call) -> Answer:
        depth = (call.raw_body or b"").count(b"[")
        if depth > 1000:
            return deep()
        return shallow() if depth else Answer(200, {"ok": True})

    return server


LOST = Answer(0, fault="closed")


@pytest.mark.parametrize(
    ("deep", "told"),
    [
        (LOST, "no answer"),
        (Answer(422, seconds=2.0), "2.00 s"),
        (Answer(500, seconds=2.0), "2.00 s"),
    ],
)
def test_deep_nesting_costs(deep: Answer, told: str) -> None:
    found = said(CHAT, nesting(lambda: deep, lambda: Answer(422))).found
    assert told in found.oracle
    assert found.confidence is Confidence.FIRM
    assert len(found.proof) == len(found.controls) == 2


@pytest.mark.parametrize(
    ("deep", "shallow"),
    [
        (Answer(400), Answer(422)),
        (Answer(500), Answer(422)),
        (Answer(413), Answer(422)),
        (Answer(500, seconds=0.4), Answer(422)),
        (Answer(422, seconds=2.0), Answer(422, seconds=1.0)),
        (LOST, LOST),
        (LOST, Answer(429)),
    ],
)
def test_deep_nesting_costs_nothing(deep: Answer, shallow: Answer) -> None:
    """An error is none of it; neither is what shallow nesting does as well."""
    assert isinstance(said(CHAT, nesting(lambda: deep, lambda: shallow)).verdict, Held)


def test_connections_lost_by_chance_fifty_times() -> None:
    for seed in range(50):
        chance = random.Random(seed)

        def flaky(chance: random.Random = chance) -> Answer:
            return LOST if chance.random() < 0.3 else Answer(422, seconds=chance.expovariate(3))

        assert isinstance(said(CHAT, nesting(flaky, flaky)).verdict, Held)


@pytest.mark.parametrize("operation", ["GET /health-of/{id}", "DELETE /items"])
def test_nothing_large(operation: str) -> None:
    talked = talk(PROBE, operation, api(operation), lambda _call: Answer(200, {}))
    assert isinstance(talked.verdict, NotApplicable)


def test_no_valid_call() -> None:
    assert isinstance(said(CHAT, lambda _call: Answer(422)).verdict, NotApplicable)


def test_answer_that_is_cut_for_its_size() -> None:
    """The client keeps the beginning only; the results are in it all the same."""

    def server(call: Call) -> Answer:
        count = len(given_of(call))
        if count <= 2:
            return Answer(200, {"labels": [{"label": "good"}] * count})
        return Answer(200, b'{"labels": [' + b'{"label": "good"},' * count, fault="cut")

    assert said(PREDICT, server).found.parameter == "inputs"


def test_answer_that_is_cut_and_holds_no_results() -> None:
    def server(call: Call) -> Answer:
        long = len(given_of(call)) > 2
        return Answer(200, b"x" * 1000, fault="cut") if long else Answer(200, {"labels": [1, 2]})

    assert isinstance(said(PREDICT, server).verdict, Held)
