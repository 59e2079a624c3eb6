from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from msgspec.structs import replace

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.replayable_flow import PROBE
from scanner.model.severity import Confidence, Severity
from tests.probes.harness import Answer, Server, api, converse, obj, survey, talk, who

REDEEM = "POST /credits/redeem"
CODE = {"type": "string", "examples": ["WELCOME-50"]}
DOCUMENT = api(REDEEM, "GET /me", body_post_credits_redeem=obj("code", code=CODE))
ALONE = api(REDEEM, body_post_credits_redeem=obj("code", code=CODE))


def shop(*, once: bool, key: str = "credits", show: bool = True, any_code: bool = False) -> Server:
    had: dict[str | None, int] = {}
    used: set[str | None] = set()

    def server(call: Call) -> Answer:
        name = who(call)
        if call.method == "POST":
            if call.json_body["code"] != "WELCOME-50" and not any_code:
                return Answer(404, {"detail": "no such voucher"})
            if once and name in used:
                return Answer(409, {"detail": "used"})
            used.add(name)
            had[name] = had.get(name, 0) + 50
        return Answer(200, {"name": name, key: had.get(name, 0)} if show else {"status": "ok"})

    return server


def test_voucher_counts_each_time() -> None:
    found = talk(PROBE, REDEEM, DOCUMENT, shop(once=False)).found
    assert "50 → 100 → 150 → 200" in found.oracle
    assert found.confidence is Confidence.PROVEN
    assert [one.status for one in found.controls] == [404]
    assert len(found.proof) == 3


def test_without_a_profile_the_answer_is_all_there_is() -> None:
    assert talk(PROBE, REDEEM, ALONE, shop(once=False)).found.confidence is Confidence.FIRM


def test_voucher_counts_once() -> None:
    talked = talk(PROBE, REDEEM, DOCUMENT, shop(once=True))
    assert talked.verdict == Held("sent again it gives 409")


def test_repeated_success_without_effect() -> None:
    def server(_call: Call) -> Answer:
        return Answer(200, {"credits": 50, "status": "already applied"})

    assert isinstance(talk(PROBE, REDEEM, DOCUMENT, server).verdict, Held)


@pytest.mark.parametrize("key", ["credits_used", "order_id", "balance_owed", "request_number"])
def test_meters_and_numbering_are_no_gain(key: str) -> None:
    assert isinstance(talk(PROBE, REDEEM, DOCUMENT, shop(once=False, key=key)).verdict, Held)


@pytest.mark.parametrize("document", [DOCUMENT, ALONE])
def test_grows_with_any_call(document: dict[str, Any]) -> None:
    assert isinstance(talk(PROBE, REDEEM, document, shop(once=False, any_code=True)).verdict, Held)


def test_grows_by_itself() -> None:
    clock = itertools.count(0, 10)
    talked = talk(PROBE, REDEEM, DOCUMENT, lambda _call: Answer(200, {"points": next(clock)}))
    assert isinstance(talked.verdict, Held)


def test_growth_from_elsewhere() -> None:
    points = iter([3, 3, 4, 9, 11, 11])

    def server(call: Call) -> Answer:
        return Answer(200, {"points": next(points)} if call.method == "GET" else {"ok": True})

    assert isinstance(talk(PROBE, REDEEM, DOCUMENT, server).verdict, Held)


def test_random_numbers() -> None:
    chance = random.Random(5)
    for _ in range(50):
        talked = talk(
            PROBE, REDEEM, DOCUMENT, lambda _call: Answer(200, {"balance": chance.random()})
        )
        assert isinstance(talked.verdict, Held)


def test_points_for_what_is_paid_for() -> None:
    bought = itertools.count(1)

    def server(call: Call) -> Answer:
        if call.method == "POST" and call.json_body["code"] != "WELCOME-50":
            return Answer(404)
        count = next(bought)
        return Answer(200, {"balance": 1000 - 10 * count, "points": count})

    assert isinstance(talk(PROBE, REDEEM, ALONE, server).verdict, Held)


def test_purchase_may_be_meant_to_be_repeated() -> None:
    buy = "POST /credits/purchase"
    document = api(buy, "GET /me", body_post_credits_purchase=obj("code", code=CODE))
    found = talk(PROBE, buy, document, shop(once=False)).found
    assert found.confidence is Confidence.TENTATIVE
    assert found.severity is Severity.MEDIUM


def test_nothing_to_see() -> None:
    assert isinstance(talk(PROBE, REDEEM, ALONE, shop(once=False, show=False)).verdict, Held)


def test_connection_fails() -> None:
    calls = itertools.count()

    def server(call: Call) -> Answer:
        late = call.method == "POST" and next(calls) > 1
        return Answer(0, fault="closed") if late else Answer(200, {"credits": 1})

    assert talk(PROBE, REDEEM, DOCUMENT, server).verdict == Inconclusive("closed")


@pytest.mark.parametrize("operation", ["POST /predict", "GET /vouchers", "POST /devoted"])
def test_other_operations(operation: str) -> None:
    talked = talk(PROBE, operation, api(operation), lambda _call: Answer(200, {"credits": 1}))
    assert isinstance(talked.verdict, NotApplicable)


def test_no_valid_call() -> None:
    talked = talk(PROBE, REDEEM, DOCUMENT, lambda _call: Answer(404))
    assert isinstance(talked.verdict, NotApplicable)


def test_a_flow_that_the_user_names_counts_as_one() -> None:
    named = "POST /v1/stars"
    balance = {"credits": 0}

    def server(call: Call) -> Answer:
        if call.path == "/v1/stars" and (call.json_body or {}).get("code") == "servegate":
            balance["credits"] += 5
        return Answer(200, dict(balance))

    document = api(named, "GET /v1/me", body_post_v1_stars=obj("code", code="string"))
    world = survey(document, server)
    assert isinstance(converse(PROBE, named, world, server).verdict, NotApplicable)
    told = replace(world, flows=frozenset({named}))
    assert "counts each time" in converse(PROBE, named, told, server).found.message
