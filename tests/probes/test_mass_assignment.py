from __future__ import annotations

import itertools
from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes._favours import better
from scanner.engines.dast.probes.mass_assignment import PROBE
from tests.probes.harness import Answer, Server, api, obj, talk

CHANGE = "PATCH /v1/me"
DOCUMENT = api("GET /v1/me", CHANGE, body_patch_v1_me=obj(display_name="string"))
ASKED = {"display_name"}


def profile(**more: object) -> dict[str, Any]:
    return {"name": "alice", "display_name": "Al", "role": "user", "credits": 25, **more}


def account(kept: dict[str, Any], *, takes: set[str], strict: bool = False) -> Server:
    """A profile that takes these properties, and refuses others if strict."""

    def server(call: Call) -> Answer:
        if call.method == "PATCH":
            if strict and set(call.json_body) - takes:
                return Answer(422, {"detail": "unknown"})
            kept.update({k: v for k, v in call.json_body.items() if k in takes})
        return Answer(200, dict(kept))

    return server


def test_profile_takes_role_and_credits_and_gets_them_back() -> None:
    kept = profile()
    found = talk(PROBE, CHANGE, DOCUMENT, account(kept, takes={*ASKED, "role", "credits"})).found
    assert "role" in found.message
    assert "credits from 25 to 1362" in found.oracle
    assert len(found.controls) == 2
    assert kept["role"] == "user"
    assert kept["credits"] == 25


def test_unknown_properties_break_the_handler() -> None:
    kept = profile()

    def server(call: Call) -> Answer:
        if call.method == "PATCH" and set(call.json_body) - set(kept):
            return Answer(500, {"detail": "unexpected keyword argument"})
        kept.update(call.json_body or {})
        return Answer(200, dict(kept))

    assert talk(PROBE, CHANGE, DOCUMENT, server).found.parameter == "role"


def test_property_that_is_only_shown_once_it_is_set() -> None:
    takes = {*ASKED, "is_admin"}
    found = talk(
        PROBE, CHANGE, DOCUMENT, account({"name": "a", "display_name": "A"}, takes=takes)
    ).found
    assert found.parameter == "is_admin"


def test_created_object_is_given_away() -> None:
    document = api(
        "POST /jobs",
        "GET /jobs/{id}",
        "DELETE /jobs/{id}",
        body_post_jobs=obj("text", text="string"),
    )
    numbers, jobs = itertools.count(1), {}

    def server(call: Call) -> Answer:
        if call.method == "POST":
            job = {"owner": call.identity, **call.json_body, "id": str(next(numbers))}
            jobs[job["id"]] = {k: v for k, v in job.items() if k in ("id", "owner", "text")}
            return Answer(201, jobs[job["id"]])
        key = call.path.rsplit("/", 1)[-1]
        if call.method == "DELETE":
            return Answer(204 if jobs.pop(key, None) else 404)
        return Answer(200, jobs[key]) if key in jobs else Answer(404)

    found = talk(PROBE, "POST /jobs", document, server).found
    assert "owner from 'alice' to 'bob'" in found.oracle
    assert len(jobs) == 2, "those of the survey stay, those of the probe go"


def registry(*, takes_admin: bool) -> Server:
    people: list[dict[str, Any]] = []

    def server(call: Call) -> Answer:
        if call.method == "POST":
            body = call.json_body
            if any(one["username"] == body["username"] for one in people):
                return Answer(400, {"message": "taken"})
            admin = takes_admin and body.get("admin", False)
            people.append({"username": body["username"], "email": body["email"], "admin": admin})
            return Answer(200, {"message": "registered"})
        return Answer(200, {"users": people})

    return server


REGISTER = "POST /users/register"
REGISTRY = api(
    REGISTER,
    "GET /users/all",
    body_post_users_register=obj(
        "username", "email", "password", username="string", email="string", password="string"
    ),
)


def test_registers_as_administrator() -> None:
    found = talk(PROBE, REGISTER, REGISTRY, registry(takes_admin=True)).found
    assert "admin from False to True" in found.oracle


def test_registration_heeds_the_form_only() -> None:
    assert isinstance(talk(PROBE, REGISTER, REGISTRY, registry(takes_admin=False)).verdict, Held)


@pytest.mark.parametrize("strict", [True, False])
def test_profile_takes_what_it_asks_for(strict: bool) -> None:
    kept = profile()
    verdict = talk(PROBE, CHANGE, DOCUMENT, account(kept, takes=ASKED, strict=strict)).verdict
    assert isinstance(verdict, Held)
    assert kept["display_name"] == "Al" or kept["display_name"] == "servegate"


def test_declared_property_is_no_finding() -> None:
    asked = {"display_name", "role"}
    document = api("GET /v1/me", CHANGE, body_patch_v1_me=obj(**dict.fromkeys(asked, "string")))
    server = account({"display_name": "A", "role": "user"}, takes=asked)
    assert isinstance(talk(PROBE, CHANGE, document, server).verdict, Held)


def test_read_only_property_counts_as_undeclared() -> None:
    role = {"type": "string", "readOnly": True}
    document = api("GET /v1/me", CHANGE, body_patch_v1_me=obj(display_name="string", role=role))
    assert talk(PROBE, CHANGE, document, account(profile(), takes={*ASKED, "role"})).found


def test_echo_of_the_write_is_no_proof() -> None:
    def server(call: Call) -> Answer:
        return Answer(200, {**profile(), **(call.json_body or {})})

    assert isinstance(talk(PROBE, CHANGE, DOCUMENT, server).verdict, Held)


def test_write_without_effect() -> None:
    def server(call: Call) -> Answer:
        return Answer(204) if call.method == "PATCH" else Answer(200, profile())

    assert isinstance(talk(PROBE, CHANGE, DOCUMENT, server).verdict, Held)


def test_store_that_keeps_anything() -> None:
    kept = profile()

    def server(call: Call) -> Answer:
        kept.update(call.json_body or {})
        return Answer(200, dict(kept))

    assert isinstance(talk(PROBE, CHANGE, DOCUMENT, server).verdict, Held)


def test_number_that_moves_by_itself() -> None:
    clock = itertools.count(25)
    verdict = talk(
        PROBE, CHANGE, DOCUMENT, lambda _call: Answer(200, profile(credits=next(clock)))
    ).verdict
    assert isinstance(verdict, Held)


def test_read_that_fails_after_the_write_shows_nothing() -> None:
    written: list[Call] = []

    def server(call: Call) -> Answer:
        if call.method == "PATCH":
            written.append(call)
            return Answer(200, profile())
        odd = bool(written) and set(written[-1].json_body) > ASKED
        return Answer(503, profile(**written[-1].json_body)) if odd else Answer(200, profile())

    assert isinstance(talk(PROBE, CHANGE, DOCUMENT, server).verdict, Held)


def test_record_that_is_not_found_again() -> None:
    reads = itertools.count()

    def server(call: Call) -> Answer:
        late = call.method == "GET" and next(reads) > 0
        return Answer(404) if late else Answer(200, profile())

    assert isinstance(talk(PROBE, CHANGE, DOCUMENT, server).verdict, Inconclusive)


@pytest.mark.parametrize(
    "operations", [["GET /v1/me"], ["PATCH /v1/me"], ["POST /predict", "GET /models"]]
)
def test_nothing_to_read_back(operations: list[str]) -> None:
    document = api(*operations, body_patch_v1_me=obj(a="string"), body_post_predict=obj(a="string"))
    verdict = talk(PROBE, operations[0], document, lambda _call: Answer(200, profile())).verdict
    assert isinstance(verdict, NotApplicable)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("role", "user", "admin"),
        ("role", "admin", None),
        ("isAdmin", False, True),
        ("is_admin", True, None),
        ("credits", 25, 1362),
        ("scopes", ["read"], ["read", "admin"]),
        ("plan", "free", "enterprise"),
        ("owner", "alice", "bob"),
        ("created_at", "2024", None),
        ("active", False, None),
        ("label", None, None),
    ],
)
def test_better_values(name: str, value: object, wanted: object) -> None:
    assert better(name, value, "bob") == wanted
