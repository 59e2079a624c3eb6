from __future__ import annotations

import json
import math
from typing import Any

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.unhandled_numbers import PROBE
from scanner.model.severity import Severity
from tests.probes.harness import Answer, Server, api, obj, talk

OPERATION = "POST /v1/predict"
NUMBERS = {"type": "array", "items": {"type": "number"}, "minItems": 2}
DOCUMENT = api(OPERATION, body_post_v1_predict=obj("features", features=NUMBERS))


def features(call: Call) -> Any:
    body = json.loads(call.raw_body) if call.raw_body is not None else call.json_body
    return body.get("features")


def sound(numbers: Any) -> bool:
    return (
        isinstance(numbers, list)
        and bool(numbers)
        and all(isinstance(one, int | float) and math.isfinite(one) for one in numbers)
        and all(abs(one) < 1e6 for one in numbers)
    )


def test_a_server_that_checks_its_input_holds() -> None:
    def serve(call: Call) -> Answer:
        return Answer(body={"y": 1}) if sound(features(call)) else Answer(422)

    assert isinstance(talk(PROBE, OPERATION, DOCUMENT, serve).verdict, Held)


def test_a_server_that_takes_all_of_it_holds() -> None:
    assert isinstance(
        talk(PROBE, OPERATION, DOCUMENT, lambda _: Answer(body={"y": None})).verdict, Held
    )


def test_failing_on_odd_numbers_is_a_weakness_of_low_weight() -> None:
    def serve(call: Call) -> Answer:
        return Answer(body={"y": 1}) if sound(features(call)) else Answer(500, "Internal error")

    found = talk(PROBE, OPERATION, DOCUMENT, serve).found
    assert found.severity is None
    assert found.parameter == "features"
    assert "NaN" in found.message


def worker(recovers_after: int) -> Server:
    state = {"down": 0}

    def serve(call: Call) -> Answer:
        if state["down"]:
            state["down"] -= 1
            return Answer(503)
        if not sound(features(call)):
            state["down"] = recovers_after
            return Answer(0, fault="the connection was closed")
        return Answer(body={"y": 1})

    return serve


def test_staying_down_is_grave() -> None:
    found = talk(PROBE, OPERATION, DOCUMENT, worker(1000)).found
    assert found.severity is Severity.HIGH
    assert "stays down" in found.message


def test_a_worker_that_dies_and_is_back_is_a_weakness_of_low_weight() -> None:
    found = talk(PROBE, OPERATION, DOCUMENT, worker(1)).found
    assert found.severity is None
    assert "the connection was closed" in found.oracle


def test_a_limiter_in_front_is_no_answer() -> None:
    calls = []

    def serve(call: Call) -> Answer:
        calls.append(call)
        return Answer(body={"y": 1}) if len(calls) < 3 else Answer(429)

    assert isinstance(talk(PROBE, OPERATION, DOCUMENT, serve).verdict, Inconclusive)


def test_a_server_that_is_down_already_is_not_blamed() -> None:
    calls = []

    def serve(call: Call) -> Answer:
        calls.append(call)
        return Answer(body={"y": 1}) if len(calls) < 2 else Answer(503)

    assert isinstance(talk(PROBE, OPERATION, DOCUMENT, serve).verdict, Inconclusive)


def test_without_numbers_it_does_not_apply() -> None:
    document = api(OPERATION, body_post_v1_predict=obj("text", text="string"))
    verdict = talk(PROBE, OPERATION, document, lambda _: Answer(body={})).verdict
    assert isinstance(verdict, NotApplicable)
