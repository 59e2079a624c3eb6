from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.missing_login_throttling import PROBE
from scanner.model.severity import Confidence
from tests.probes.harness import Answer, Server, Talk, talk
from tests.probes.people import DOCUMENT, LOGIN, ME, Service, people


def said(server: Server) -> Talk:
    return talk(PROBE, LOGIN, DOCUMENT, server, people("alice", "bob"))


def with_login(change: Callable[[Answer, int, Call], Answer], service: Service) -> Server:
    """The service with its answers to wrong passwords changed, by how many there were."""

    def server(call: Call) -> Answer:
        made = service(call)
        wrong = call.path == "/users/login" and made.status == 401
        return change(made, service.failures, call) if wrong else made

    return server


def test_no_limit() -> None:
    talked = said(Service())
    assert "30 wrong passwords" in talked.found.message
    assert talked.found.confidence is None or talked.found.confidence is Confidence.PROVEN
    names = {call.json_body["username"] for call in talked.calls if call.json_body}
    assert len(names) == 1
    assert not names & {"alice", "bob"}


def test_made_up_user_only() -> None:
    found = said(Service(registers=False)).found
    assert found.confidence is Confidence.TENTATIVE
    assert "a made-up user" in found.oracle


@pytest.mark.parametrize("count", [3, 10, 29])
@pytest.mark.parametrize(
    "late",
    [
        Answer(429),
        Answer(423),
        Answer(403),
        Answer(401, {"error": "account locked"}),
        Answer(401, {"error": "solve the captcha"}),
        Answer(401, headers={"Retry-After": "30"}),
        Answer(503),
    ],
)
def test_limits_of_every_shape(count: int, late: Answer) -> None:
    service = Service()
    server = with_login(lambda made, n, _call: late if n > count else made, service)
    assert isinstance(said(server).verdict, Held)


def test_lock_that_is_not_told() -> None:
    service = Service()

    def server(call: Call) -> Answer:
        made = service(call)
        if call.path == "/users/login" and service.failures > 10:
            return Answer(401, {"error": "wrong name or password"})
        return made

    assert "locked" in str(said(server).verdict)


def test_delay_that_grows() -> None:
    service = Service()
    server = with_login(lambda made, n, _call: replace(made, seconds=0.02 * n), service)
    assert isinstance(said(server).verdict, Held)


def test_noise_is_no_delay_and_no_limit_fifty_times() -> None:
    for seed in range(50):
        chance = random.Random(seed)
        service = Service()
        server = with_login(
            lambda made, _n, _call, chance=chance: replace(made, seconds=chance.expovariate(20)),
            service,
        )
        assert said(server).found


def test_limited_login_with_noise_fifty_times() -> None:
    for seed in range(50):
        chance = random.Random(seed)
        service = Service()
        count = chance.randrange(2, 29)
        server = with_login(
            lambda made, n, _call, count=count: Answer(429) if n > count else made, service
        )
        assert isinstance(said(server).verdict, Held)


@pytest.mark.parametrize("answer", [Answer(0, fault="closed"), Answer(500), Answer(422)])
def test_inconclusive(answer: Answer) -> None:
    server = with_login(lambda _made, _n, _call: answer, Service())
    assert isinstance(said(server).verdict, Inconclusive)


def test_too_slow() -> None:
    server = with_login(lambda made, _n, _call: replace(made, seconds=5.0), Service())
    talked = said(server)
    assert isinstance(talked.verdict, Inconclusive)
    assert len(talked.calls) < 10


def test_any_password_is_right() -> None:
    server = with_login(lambda _made, _n, _call: Answer(200, {"access_token": "t" * 20}), Service())
    assert isinstance(said(server).verdict, Inconclusive)


def test_no_login() -> None:
    talked = talk(PROBE, ME, DOCUMENT, Service(), people("alice"))
    assert isinstance(talked.verdict, NotApplicable)
