from __future__ import annotations

import itertools
import random
from dataclasses import replace

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.user_enumeration import PROBE
from scanner.model.severity import Confidence
from tests.probes.harness import Answer, Server, Talk, api, talk
from tests.probes.people import DOCUMENT, LOGIN, ME, WRONG, Service, people


def said(server: Server) -> Talk:
    return talk(PROBE, LOGIN, DOCUMENT, server, people("alice", "bob"))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"status": "fail", "message": "wrong password"}),
        Answer(404, {"error": "wrong name or password"}),
        Answer(401, {"error": "no user sgx"}),
    ],
)
@pytest.mark.parametrize("registers", [True, False])
def test_names_are_told_apart(answer: Answer, registers: bool) -> None:
    found = said(Service(no_such_user=answer, registers=registers)).found
    assert found.proof[0].status == 401
    assert found.controls[0].status == answer.status
    assert len(found.proof) == len(found.controls) == 2


def test_real_users_are_left_alone_where_it_can_register() -> None:
    talked = said(Service(no_such_user=Answer(404)))
    names = [call.json_body["username"] for call in talked.calls if call.json_body]
    assert not {"alice", "bob"} & set(names)


@pytest.mark.parametrize("answer", [WRONG, Answer(404)])
def test_real_users_get_few_attempts_where_it_cannot(answer: Answer) -> None:
    talked = said(Service(registers=False, no_such_user=answer))
    names = [call.json_body["username"] for call in talked.calls if call.json_body]
    assert names.count("alice") <= 2
    assert names.count("bob") <= 2


def test_sound_login() -> None:
    assert isinstance(said(Service()).verdict, Held)


def test_numbers_of_requests_and_names_are_no_difference() -> None:
    inner = Service()
    numbers = itertools.count(1000)

    def server(call: Call) -> Answer:
        made = inner(call)
        if call.path != "/users/login" or made.status != 401:
            return made
        name = call.json_body["username"]
        return Answer(401, {"error": f"not {name}", "request": f"{next(numbers):032x}"})

    assert isinstance(said(server).verdict, Held)


def test_answers_by_chance() -> None:
    chance = random.Random(6)
    inner = Service()

    def server(call: Call) -> Answer:
        made = inner(call)
        wrong = call.path == "/users/login" and made.status == 401
        return Answer(chance.choice([401, 404])) if wrong else made

    assert all(isinstance(said(server).verdict, Held) for _ in range(30))


def test_answers_in_turn() -> None:
    turns = itertools.count()
    inner = Service()

    def server(call: Call) -> Answer:
        made = inner(call)
        wrong = call.path == "/users/login" and made.status == 401
        return Answer(401 + 3 * (next(turns) % 2)) if wrong else made

    assert isinstance(said(server).verdict, Held)


@pytest.mark.parametrize("status", [0, 423, 429])
def test_attempts_are_limited(status: int) -> None:
    inner = Service()

    def server(call: Call) -> Answer:
        made = inner(call)
        if call.path == "/users/login" and made.status == 401 and inner.failures > 3:
            return Answer(status, fault="closed")
        return made

    assert isinstance(said(server).verdict, Inconclusive)


def test_any_password_is_right() -> None:
    def server(_call: Call) -> Answer:
        return Answer(200, {"access_token": "t" * 20})

    assert isinstance(said(server).verdict, Inconclusive)


def timed(known: float, unknown: float, noise: float, seed: int) -> Server:
    """Answers take this long for names that exist and for others, and some noise."""
    chance = random.Random(seed)
    inner = Service()

    def server(call: Call) -> Answer:
        made = inner(call)
        if call.path != "/users/login":
            return made
        there = str(call.json_body["username"]) in inner.known
        seconds = (known if there else unknown) + chance.expovariate(1 / noise)
        return replace(made, seconds=seconds)

    return server


def test_hash_is_compared_for_names_that_exist_only() -> None:
    found = said(timed(0.25, 0.01, 0.002, 1)).found
    assert "takes longer" in found.message
    assert found.confidence is Confidence.FIRM


@pytest.mark.parametrize("noise", [0.001, 0.03, 0.1])
def test_times_by_chance_fifty_times(noise: float) -> None:
    for seed in range(50):
        assert isinstance(said(timed(0.02, 0.02, noise, seed)).verdict, Held)


def test_a_little_slower_is_no_proof() -> None:
    assert isinstance(said(timed(0.019, 0.001, 0.0001, 3)).verdict, Held)
    assert isinstance(said(timed(0.25, 0.2, 0.001, 3)).verdict, Held)


def test_slow_login_is_not_measured() -> None:
    talked = said(timed(0.9, 0.1, 0.001, 1))
    assert isinstance(talked.verdict, Held)
    assert len(talked.calls) == 8


@pytest.mark.parametrize("operation", [ME, "POST /users/register"])
def test_no_login(operation: str) -> None:
    talked = talk(PROBE, operation, DOCUMENT, Service(), people("alice", "bob"))
    assert isinstance(talked.verdict, NotApplicable)


def test_no_names() -> None:
    document = api(LOGIN, body_post_users_login=DOCUMENT_BODY)
    talked = talk(PROBE, LOGIN, document, Service(registers=False), people("alice"))
    assert isinstance(talked.verdict, NotApplicable)
    assert not talked.calls


DOCUMENT_BODY = DOCUMENT["paths"]["/users/login"]["post"]["requestBody"]["content"][
    "application/json"
]["schema"]


def test_limit_that_slows_down_is_no_comparison_of_hashes() -> None:
    inner = timed(0.25, 0.01, 0.002, 1)
    attempts = itertools.count()

    def server(call: Call) -> Answer:
        made = inner(call)
        wrong = call.path == "/users/login" and made.status == 401
        return replace(made, status=429) if wrong and next(attempts) > 5 else made

    assert isinstance(said(server).verdict, Held)
