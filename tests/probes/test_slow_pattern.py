from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.slow_pattern import PROBE
from tests.probes.harness import Answer, Server, Talk, api, obj, talk
from tests.probes.people import DOCUMENT as USERS
from tests.probes.people import MAIL, Service, people

SET = "PATCH /me"
DOCUMENT = api(
    SET,
    body_patch_me=obj("email", email="string", bio={"type": "string", "pattern": "^[a-z]+$"}),
)


def text_of(call: Call) -> str:
    return str((call.json_body or {}).get("email", ""))


def taking(seconds: Callable[[str], float], status: int = 422) -> Server:
    """A server whose time depends on the text alone; its clock is told, not waited for."""

    def server(call: Call) -> Answer:
        fine = text_of(call) in ("servegate", "probe@example.com")
        return Answer(200 if fine else status, {"ok": fine}, seconds=seconds(text_of(call)))

    return server


def said(server: Server) -> Talk:
    return talk(PROBE, SET, DOCUMENT, server)


def runs(base: float, kind: str = "a") -> Callable[[str], float]:
    """The time of a pattern that has `base` ways for each letter of the longest run."""

    def seconds(text: str) -> float:
        longest = max((len(one) for one in re.findall(rf"{kind}+", text)), default=0)
        return 0.002 + 2e-8 * base**longest

    return seconds


@pytest.mark.parametrize(
    ("seconds", "what"),
    [
        (runs(2.0), "letters"),
        (runs(1.9), "letters"),
        (runs(3.0), "letters"),
        (runs(2.0, "1"), "digits"),
    ],
)
def test_each_letter_doubles_the_time(seconds: Callable[[str], float], what: str) -> None:
    talked = said(taking(seconds))
    assert talked.found.parameter == "email"
    assert what in talked.found.oracle
    assert len(talked.found.controls) == 2
    assert max(seconds(text_of(call)) for call in talked.calls) < 12


def test_domain_only() -> None:
    inner = runs(2.0)
    assert "domain" in said(taking(lambda text: inner(text) if "@" in text else 0.001)).found.oracle


def test_text_that_must_fit_a_pattern() -> None:
    def server(call: Call) -> Answer:
        text = str((call.json_body or {}).get("bio", ""))
        return Answer(200, {}, seconds=runs(2.0)(text))

    assert said(server).found.parameter == "bio"


def spiky(mean: float, seed: int) -> Server:
    chance = random.Random(seed)

    def seconds(_text: str) -> float:
        return chance.expovariate(1 / mean) + (chance.random() < 0.1) * chance.uniform(0.3, 3)

    return taking(seconds)


@pytest.mark.parametrize("mean", [0.002, 0.05, 0.4])
def test_noise_fifty_times(mean: float) -> None:
    for seed in range(50):
        assert isinstance(said(spiky(mean, seed)).verdict, Held)


@pytest.mark.parametrize(
    "seconds",
    [
        lambda _text: 0.001,
        lambda _text: 0.5,
        lambda text: 0.01 * len(text),
        lambda text: 0.0004 * len(text) ** 2,
        lambda text: 0.3 if len(text) > 20 else 0.001,
        lambda text: 0.3 if "a" in text else 0.001,
    ],
)
def test_time_that_does_not_explode(seconds: Callable[[str], float]) -> None:
    talked = said(taking(seconds))
    assert isinstance(talked.verdict, Held)


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_refused(status: int) -> None:
    talked = said(taking(runs(2.0), status))
    assert isinstance(talked.verdict, Held)
    assert len([call for call in talked.calls if call.label.startswith("email")]) == 1


def test_no_answer() -> None:
    def server(call: Call) -> Answer:
        long = len(text_of(call)) > 22
        return Answer(0, fault="closed", seconds=5.0) if long else Answer(200, {})

    assert isinstance(said(server).verdict, Held)


def test_account_of_the_scans_own() -> None:
    service = Service()

    def server(call: Call) -> Answer:
        made = service(call)
        return Answer(made.status, made.body, seconds=runs(2.0)(text_of(call)))

    talked = talk(PROBE, MAIL, USERS, server, people("alice", "bob"))
    assert talked.found
    paths = {call.path for call in talked.calls if call.path.endswith("/email")}
    assert len(paths) == 1
    assert not paths & {"/users/alice/email", "/users/bob/email"}


def test_account_of_somebody_else_is_left_alone() -> None:
    server = Service(registers=False)
    talked = talk(PROBE, MAIL, USERS, server, people("alice", "bob"))
    assert isinstance(talked.verdict, NotApplicable)


def test_object_of_somebody_else_is_left_alone() -> None:
    document = api("PUT /hosts/{id}", body_put_hosts_id=obj("host", host="string"))
    talked = talk(PROBE, "PUT /hosts/{id}", document, lambda _call: Answer(200, {}))
    assert isinstance(talked.verdict, NotApplicable)
    assert not talked.calls


@pytest.mark.parametrize(
    "operation", ["POST /chat", "POST /users/register", "POST /users/login", "DELETE /x/{id}"]
)
def test_nothing_to_try(operation: str) -> None:
    document = api(
        operation,
        body_post_chat=obj("prompt", prompt="string"),
        body_post_users_register=obj(username="string", password="string"),
        body_post_users_login=obj(username="string", password="string"),
    )
    talked = talk(PROBE, operation, document, lambda _call: Answer(200, {}))
    assert isinstance(talked.verdict, NotApplicable)


def test_no_valid_call() -> None:
    talked = said(lambda _call: Answer(401))
    assert isinstance(talked.verdict, NotApplicable)
    assert not talked.calls


def test_longest_text_is_sent_only_where_the_one_before_took_a_while() -> None:
    quick = said(taking(lambda _text: 0.001))
    assert max(len(text_of(call)) for call in quick.calls) < 30


def test_limit_that_begins_meanwhile_is_no_comparison() -> None:
    seen: list[str] = []

    def server(call: Call) -> Answer:
        text = text_of(call)
        seen.append(text)
        limited = len(seen) > 8
        return Answer(429 if limited else 422 if "!" in text else 200, seconds=runs(2.0)(text))

    assert isinstance(said(server).verdict, Held)
