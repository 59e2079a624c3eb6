"""Broken object authorisation on accounts: the scan registers both of them."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.broken_object_authorization import PROBE
from tests.probes.harness import Answer, Server, Talk, api, talk
from tests.probes.people import DOCUMENT, MAIL, ME, PASSWORD, READ, REMOVE, TAKEN, Service, people

CHANGES = (MAIL, PASSWORD, REMOVE)


def said(operation: str, server: Server, document: dict[str, Any] = DOCUMENT) -> Talk:
    return talk(PROBE, operation, document, server, people("alice", "bob"))


def without(*operations: str) -> dict[str, Any]:
    paths = {path: dict(methods) for path, methods in DOCUMENT["paths"].items()}
    for one in operations:
        method, path = one.split(" ")
        del paths[path][method.lower()]
    return {**DOCUMENT, "paths": paths}


@pytest.mark.parametrize(
    ("operation", "what"),
    [(MAIL, "change another"), (PASSWORD, "set another"), (REMOVE, "remove another")],
)
def test_path_decides_whose_account_it_is(operation: str, what: str) -> None:
    service = Service(whose="path", asks_for_old=False)
    found = said(operation, service).found
    assert what in found.message
    assert found.parameter == "username"
    assert len(found.proof) == 2
    assert len(found.controls) >= 2
    assert service.known["alice"]["password"] == service.known["bob"]["password"] == TAKEN
    assert service.known["alice"]["email"] == "alice@example.com"


def test_account_is_read_by_its_path_where_there_is_no_other_way() -> None:
    assert said(MAIL, Service(whose="path"), without(ME)).found


@pytest.mark.parametrize("operation", CHANGES)
def test_others_are_refused(operation: str) -> None:
    assert isinstance(said(operation, Service(asks_for_old=False)).verdict, Held)


@pytest.mark.parametrize("operation", [MAIL, PASSWORD])
def test_success_that_changes_the_callers_own(operation: str) -> None:
    """The answer is 204 in either case; only the effect tells."""
    service = Service(whose="token", asks_for_old=False)
    assert isinstance(said(operation, service).verdict, Held)


def test_success_that_removes_the_callers_own() -> None:
    verdict = said(REMOVE, Service(whose="token")).verdict
    assert isinstance(verdict, Held)


@pytest.mark.parametrize("operation", CHANGES)
def test_success_without_effect(operation: str) -> None:
    inner = Service()

    def server(call: Call) -> Answer:
        return Answer(204) if call.method in ("PUT", "DELETE") else inner(call)

    assert isinstance(said(operation, server).verdict, Held)


def test_every_account_shows_it() -> None:
    inner = Service()
    last: list[str] = []

    def server(call: Call) -> Answer:
        if call.path.endswith("/email"):
            last.append(call.json_body["email"])
            return Answer(204)
        made = inner(call)
        if call.path == "/users/me" and isinstance(made.body, dict):
            return Answer(200, {**made.body, "news": last})
        return made

    assert isinstance(said(MAIL, server).verdict, Held)


def test_everybody_is_gone() -> None:
    inner = Service()

    def server(call: Call) -> Answer:
        if call.method == "DELETE":
            inner.known.clear()
            return Answer(204)
        return inner(call)

    assert isinstance(said(REMOVE, server).verdict, Inconclusive)


def test_login_that_takes_any_password() -> None:
    inner = Service()

    def server(call: Call) -> Answer:
        if call.path == "/users/login":
            return Answer(
                200, {"access_token": f"token-of-{call.json_body['username']}-0123456789"}
            )
        return Answer(204) if call.path.endswith("/password") else inner(call)

    assert isinstance(said(PASSWORD, server).verdict, Inconclusive)


def test_refused_and_yet_gone_says_nothing() -> None:
    inner = Service(whose="path")

    def server(call: Call) -> Answer:
        made = inner(call)
        return Answer(500) if call.method == "DELETE" else made

    assert isinstance(said(REMOVE, server).verdict, Inconclusive)


def test_account_is_not_shown() -> None:
    verdict = said(MAIL, Service(whose="path"), without(ME, READ)).verdict
    assert isinstance(verdict, NotApplicable)


@pytest.mark.parametrize("operation", CHANGES)
def test_nobody_can_register(operation: str) -> None:
    talked = said(operation, Service(registers=False, whose="path", asks_for_old=False))
    assert isinstance(talked.verdict, NotApplicable)
    assert len(talked.calls) <= 2


def test_other_things_are_no_accounts() -> None:
    document = {**DOCUMENT, "paths": {**DOCUMENT["paths"], **api("PUT /jobs/{id}")["paths"]}}
    talked = said("PUT /jobs/{id}", Service(), document)
    assert isinstance(talked.verdict, NotApplicable)
    assert not talked.calls


def test_own_account_is_not_shown_to_a_new_user() -> None:
    inner = Service(whose="path")

    def server(call: Call) -> Answer:
        hidden = call.path == "/users/me" and call.credential is not None
        return Answer(403, {"detail": "confirm your mail"}) if hidden else inner(call)

    assert isinstance(said(MAIL, server).verdict, Inconclusive)
