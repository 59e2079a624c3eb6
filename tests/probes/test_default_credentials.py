from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.default_credentials import PROBE
from tests.probes.harness import Answer, Server, Talk, talk
from tests.probes.people import DOCUMENT, LOGIN, ME, Service, people


def said(server: Server, operation: str = LOGIN) -> Talk:
    return talk(PROBE, operation, DOCUMENT, server, people("alice", "bob"))


@pytest.mark.parametrize("name", ["admin", "demo"])
def test_a_default_pair_logs_in(name: str) -> None:
    service = Service()
    service.known[name] = {"password": name, "email": f"{name}@example.com"}
    talked = said(service)
    assert f"logs {name} in with a default password" in talked.found.message
    assert talked.found.controls[0].status == 401


def test_no_name_is_tried_more_than_twice_and_no_identity_is_touched() -> None:
    talked = said(Service())
    assert isinstance(talked.verdict, Held)
    names = [call.json_body["username"] for call in talked.calls]
    assert max(names.count(name) for name in names) <= 2
    assert not {"alice", "bob"} & set(names)


def test_a_login_that_takes_anybody_proves_nothing() -> None:
    def anybody(call: Call) -> Answer:
        if call.path == "/users/login":
            return Answer(200, {"access_token": "token-for-anybody-at-all"})
        return Service()(call)

    assert isinstance(said(anybody).verdict, Held)


@pytest.mark.parametrize("late", [Answer(429), Answer(423)])
def test_a_limit_ends_it(late: Answer) -> None:
    service = Service()

    def limited(call: Call) -> Answer:
        return late if service.failures > 2 else service(call)

    assert isinstance(said(limited).verdict, Held)


def test_a_success_without_a_token_is_no_login() -> None:
    def page(call: Call) -> Answer:
        is_admin = (call.json_body or {}).get("username") == "admin"
        made = Service()(call)
        return Answer(200, "please log in") if is_admin else made

    assert isinstance(said(page).verdict, Held)


def test_not_for_other_operations_and_not_without_an_answer() -> None:
    assert isinstance(said(Service(), ME).verdict, NotApplicable)

    def gone(call: Call) -> Answer:
        silent = call.path == "/users/login"
        return Answer(0, fault="no answer in time") if silent else Service()(call)

    assert isinstance(said(gone).verdict, Inconclusive)
