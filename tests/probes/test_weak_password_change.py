from __future__ import annotations

from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.weak_password_change import PROBE
from tests.probes.harness import Answer, Server, Talk, api, obj, talk
from tests.probes.people import DOCUMENT, LOGIN, MAIL, PASSWORD, REGISTER, Service, people

WITH_OLD: dict[str, Any] = {
    **DOCUMENT,
    "paths": {
        **DOCUMENT["paths"],
        "/users/{username}/password": api(
            PASSWORD,
            body_put_users_username_password=obj(
                "current_password", "password", current_password="string", password="string"
            ),
        )["paths"]["/users/{username}/password"],
    },
}


def said(server: Server, document: dict[str, Any] = DOCUMENT) -> Talk:
    return talk(PROBE, PASSWORD, document, server, people("alice", "bob"))


@pytest.mark.parametrize("document", [DOCUMENT, WITH_OLD])
def test_old_password_is_not_needed(document: dict[str, Any]) -> None:
    service = Service(asks_for_old=False)
    talked = said(service, document)
    assert talked.found.parameter == "password"
    assert [one.status for one in talked.found.controls] == [401, 401]
    assert all(service.known[name]["password"] == "Sound-pass-1" for name in ("alice", "bob"))


def test_old_password_is_asked_for_and_not_looked_at() -> None:
    inner = Service(asks_for_old=False)

    def server(call: Call) -> Answer:
        body = call.json_body or {}
        missing = call.path.endswith("/password") and "current_password" not in body
        return Answer(422, {"detail": "current_password"}) if missing else inner(call)

    assert "a wrong old one" in said(server, WITH_OLD).found.oracle


@pytest.mark.parametrize("document", [DOCUMENT, WITH_OLD])
def test_old_password_is_needed(document: dict[str, Any]) -> None:
    assert isinstance(said(Service(), document).verdict, Held)


def test_success_without_effect() -> None:
    inner = Service()

    def server(call: Call) -> Answer:
        return Answer(204) if call.path.endswith("/password") else inner(call)

    assert isinstance(said(server).verdict, Held)


def test_login_that_takes_anything() -> None:
    inner = Service(asks_for_old=False)

    def server(call: Call) -> Answer:
        if call.path == "/users/login":
            return Answer(
                200, {"access_token": f"token-of-{call.json_body['username']}-0123456789"}
            )
        return inner(call)

    assert isinstance(said(server).verdict, Held)


def test_open_to_nobody() -> None:
    inner = Service(asks_for_old=False)

    def server(call: Call) -> Answer:
        open_to_all = call.path.endswith("/password") and call.identity is None
        return Answer(204) if open_to_all else inner(call)

    assert isinstance(said(server).verdict, Inconclusive)


def test_nobody_can_register() -> None:
    talked = said(Service(registers=False, asks_for_old=False))
    assert isinstance(talked.verdict, NotApplicable)


@pytest.mark.parametrize("operation", [LOGIN, REGISTER, MAIL, "GET /users/me"])
def test_sets_no_password(operation: str) -> None:
    talked = talk(PROBE, operation, DOCUMENT, Service(), people("alice", "bob"))
    assert isinstance(talked.verdict, NotApplicable)
    assert not talked.calls


@pytest.mark.parametrize(
    "path", ["/orgs/{org}/users/{username}/password", "/users/{username}/password/reset"]
)
def test_not_tried(path: str) -> None:
    """Another organisation's user, or a reset: neither is surely the scan's own to change."""
    operation = f"POST {path}"
    body = DOCUMENT["paths"]["/users/{username}/password"]["put"]["requestBody"]
    made = api(operation)["paths"]
    made[path]["post"]["requestBody"] = body
    document = {**DOCUMENT, "paths": {**DOCUMENT["paths"], **made}}
    talked = talk(PROBE, operation, document, Service(), people("alice", "bob"))
    assert isinstance(talked.verdict, NotApplicable)
    assert not talked.calls
