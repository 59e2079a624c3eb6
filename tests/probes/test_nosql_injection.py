from __future__ import annotations

import itertools
import random
import re
from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.nosql_injection import PROBE
from tests.probes.harness import Answer, Server, Talk, api, obj, talk

LOGIN = "POST /login"
LIST = "GET /items"
DOCUMENT = api(
    LOGIN,
    LIST,
    "POST /items",
    body_post_login=obj("username", "password", username="string", password="string"),
    body_post_items=obj("owner", owner="string"),
    parameters_get_items=[
        {"name": "owner", "in": "query", "required": True, "schema": {"type": "string"}}
    ],
)
PEOPLE = [{"username": "servegate", "password": "right"}, {"username": "ann", "password": "other"}]


def fits(value: str, wanted: object) -> bool:
    """As a document store compares; an operator that it does not know is an error."""
    if not isinstance(wanted, dict):
        return value == wanted
    for operator, word in wanted.items():
        if operator not in ("$ne", "$eq", "$gt"):
            raise ValueError(operator)
        known = {"$ne": value != word, "$eq": value == word, "$gt": value > str(word)}
        if not known[operator]:
            return False
    return True


def asked(call: Call) -> dict[str, Any]:
    """The question as a framework reads it: `owner[$ne]=x` is an operator."""
    if isinstance(call.json_body, dict):
        return dict(call.json_body)
    made: dict[str, Any] = {}
    for name, value in call.query:
        match = re.fullmatch(r"(\w+)\[(.+)\]", name)
        made[match[1] if match else name] = {match[2]: value} if match else value
    return made


def store(call: Call) -> Answer:
    question = asked(call)
    try:
        if call.path == "/login":
            found = [
                one
                for one in PEOPLE
                if all(fits(one[name], question[name]) for name in ("username", "password"))
            ]
            return (
                Answer(200, {"token": "t", "user": found[0]["username"]}) if found else Answer(401)
            )
        owners = [one["username"] for one in PEOPLE if fits(one["username"], question["owner"])]
        return Answer(200, {"items": owners})
    except ValueError as error:
        return Answer(500, {"detail": f"unknown operator: {error}"})


def said(operation: str, server: Server) -> Talk:
    return talk(PROBE, operation, DOCUMENT, server)


def test_login_without_the_password() -> None:
    def server(call: Call) -> Answer:
        # The scan's own call is right, as with a user that it knows.
        plain = call.json_body == {"username": "servegate", "password": "servegate"}
        return Answer(200, {"token": "t", "user": "servegate"}) if plain else store(call)

    found = said(LOGIN, server).found
    assert found.parameter == "password"
    assert len(found.proof) == 5
    assert len(found.controls) == 5


def test_parameter_of_the_query() -> None:
    assert said(LIST, store).found.parameter == "owner"


def strict(call: Call) -> Answer:
    texts = all(isinstance(value, str) for value in asked(call).values())
    return store(call) if texts else Answer(422, {"detail": "a text is needed"})


def coin() -> Server:
    chance = random.Random(2)
    return lambda _call: Answer(200, {"items": [1] * chance.randrange(3)})


def alternating() -> Server:
    calls = itertools.count()
    return lambda _call: Answer(200, {"items": [1] * (next(calls) % 2)})


def only_unequal(call: Call) -> Answer:
    """A filter of its own with one word for unequal: the store's other operators mean nothing."""
    return Answer(200, {"items": [1, 2] if "$ne" in str(asked(call)) else []})


@pytest.mark.parametrize(
    "server",
    [
        strict,
        coin(),
        alternating(),
        only_unequal,
        lambda call: Answer(200, {"you": str(asked(call))}),
        lambda call: Answer(200, asked(call)),
        lambda call: Answer(200 if "$ne" in str(asked(call)) else 404),
    ],
)
@pytest.mark.parametrize("operation", [LOGIN, LIST])
def test_innocent(operation: str, server: Server) -> None:
    for _ in range(20):
        assert isinstance(said(operation, server).verdict, (Held, NotApplicable))


def test_nothing_is_written_with_an_operator() -> None:
    talked = said("POST /items", lambda _call: Answer(201, {"id": "1"}))
    assert isinstance(talked.verdict, NotApplicable)


@pytest.mark.parametrize("status", [0, 403, 429])
def test_no_valid_call(status: int) -> None:
    assert isinstance(said(LIST, lambda _c: Answer(status, fault="x")).verdict, NotApplicable)


def test_filter_that_knows_operators_and_ignores_the_word() -> None:
    def server(call: Call) -> Answer:
        return Answer(400 if "$sgx" in str(asked(call)) else 200, {"items": []})

    assert isinstance(said(LIST, server).verdict, Held)


def test_filter_that_forbids_what_it_knows() -> None:
    def server(call: Call) -> Answer:
        question = str(asked(call))
        if "$ne" in question or "$gt" in question:
            return Answer(403, {"detail": "not allowed"})
        return Answer(400 if "$sgx" in question else 200, {"items": []})

    assert isinstance(said(LIST, server).verdict, Held)


def test_no_text() -> None:
    talked = talk(PROBE, "GET /plain", api("GET /plain"), lambda _call: Answer(200, []))
    assert isinstance(talked.verdict, NotApplicable)
