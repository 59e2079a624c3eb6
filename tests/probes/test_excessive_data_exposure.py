from __future__ import annotations

import itertools
from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.excessive_data_exposure import PROBE
from scanner.model.severity import Severity
from tests.probes.harness import ADMIN, ALICE, Answer, api, obj, talk, who

ME = "GET /v1/me"
TOKEN = "9f2c7a1be04d55aa63ef9f2c7a1be04d55aa63ef"
BCRYPT = "$2b$12$" + "KIXQ4y1tVw0Jz3n9b8Qe7uTnZ5mWvYc2dRfGhJkLpOiUyTrEwQaSx"
KEY_FILE = "-----BEGIN RSA PRIVATE KEY-----\n" + ("A1b2C3d4" * 8 + "\n") * 12
DOCUMENT = api(ME, answer_get_v1_me=obj(name="string", role="string"))


def me(**more: object) -> Answer:
    return Answer(200, {"name": "alice", "role": "user", **more})


def test_token_of_the_server_in_everyones_profile() -> None:
    found = talk(PROBE, ME, DOCUMENT, lambda _call: me(hub_token=TOKEN)).found
    assert found.parameter == "hub_token"
    assert TOKEN not in found.message + found.oracle
    assert {one.call.identity for one in found.proof} == {"alice", "bob", None}


@pytest.mark.parametrize(
    "secret",
    [
        {"password": "pass1"},
        {"passwordHash": "5f4dcc3b5aa765d61d8327deb882cf99"},
        {"note": BCRYPT},
        {"upstream_token": "tok-1234"},
        {"settings": {"tls": {"pem": KEY_FILE}}},
        {"note": "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b27Sg"},
    ],
)
def test_what_nobody_is_meant_to_see(secret: dict[str, Any]) -> None:
    assert talk(PROBE, ME, DOCUMENT, lambda _call: me(**secret)).found


def test_everyones_passwords_though_documented() -> None:
    people = [{"name": "a", "password": "pass1"}, {"name": "b", "password": "pass2"}]
    person = obj(name="string", password="string")
    document = api(
        "GET /users/_debug",
        answer_get_users_debug=obj(users={"type": "array", "items": person}),
    )
    found = talk(PROBE, "GET /users/_debug", document, lambda _call: Answer(200, {"users": people}))
    assert found.found.parameter == "password"
    assert found.found.severity is Severity.CRITICAL, "shown without a credential"


def test_closed_to_nobody_is_the_control() -> None:
    def server(call: Call) -> Answer:
        return me(password_hash=BCRYPT) if who(call) else Answer(401)

    found = talk(PROBE, ME, DOCUMENT, server).found
    assert found.severity is Severity.HIGH
    assert [one.status for one in found.controls] == [401]


def test_administrators_answer_is_less_severe() -> None:
    def server(call: Call) -> Answer:
        return me(password_hash=BCRYPT) if who(call) == "root" else Answer(403)

    assert talk(PROBE, ME, DOCUMENT, server, (ALICE, ADMIN)).found.severity is Severity.MEDIUM


def test_each_caller_is_shown_an_own_key() -> None:
    def server(call: Call) -> Answer:
        return me(api_key=f"{who(call)}-{TOKEN}")

    assert isinstance(talk(PROBE, ME, DOCUMENT, server).verdict, Held)


def test_one_user_cannot_tell_whose_it_is() -> None:
    talked = talk(PROBE, ME, DOCUMENT, lambda _call: me(api_key=TOKEN), (ALICE,))
    assert isinstance(talked.verdict, Held)


def test_random_answers() -> None:
    fresh = itertools.count()
    talked = talk(PROBE, ME, DOCUMENT, lambda _call: me(token=f"{next(fresh):04}{TOKEN}"))
    assert isinstance(talked.verdict, Held)


def test_documented_token() -> None:
    document = api(ME, answer_get_v1_me=obj(name="string", role="string", token="string"))
    talked = talk(PROBE, ME, document, lambda _call: me(token=TOKEN))
    assert isinstance(talked.verdict, Held)


@pytest.mark.parametrize(
    "harmless",
    [
        {"next_page_token": TOKEN},
        {"eos_token": "<|endoftext|>"},
        {"token": "hello"},
        {"tokens": [{"token": " the"}, {"token": "quick"}]},
        {"api_key": "primary-key-01", "token": "v1beta2"},
        {"max_tokens": 128, "token_type": "bearer"},
        {"sha256": TOKEN, "etag": TOKEN, "hash": TOKEN, "commit": TOKEN},
        {"password": "********", "secret": None, "api_key": "sk-…***"},
        {"password": None, "has_password": True},
        {"password_policy": "at least twelve characters", "secret_name": "prod/hub-token-2024-01"},
        {"text": "Set password=... in the file, see -----BEGIN PRIVATE KEY-----"},
        {"secret_url": "https://vault.example/secrets/9f2c7a1be04d55aa63ef"},
    ],
)
def test_words_of_the_trade(harmless: dict[str, Any]) -> None:
    talked = talk(PROBE, ME, DOCUMENT, lambda _call: me(**harmless))
    assert isinstance(talked.verdict, Held)
    assert not talked.calls


def test_echo_of_what_was_sent() -> None:
    document = api(
        "POST /echo", body_post_echo=obj(password={"type": "string", "format": "password"})
    )
    talked = talk(PROBE, "POST /echo", document, lambda call: Answer(200, call.json_body))
    assert isinstance(talked.verdict, Held)


@pytest.mark.parametrize("path", ["/login", "/oauth/token", "/v1/api-keys", "/users/register"])
def test_giving_credentials_is_what_it_is_for(path: str) -> None:
    talked = talk(PROBE, f"POST {path}", api(f"POST {path}"), lambda _call: me(token=TOKEN))
    assert isinstance(talked.verdict, NotApplicable)


def test_no_valid_answer() -> None:
    talked = talk(PROBE, ME, DOCUMENT, lambda _call: Answer(500, {"password": "pass1"}))
    assert isinstance(talked.verdict, NotApplicable)


def test_word_that_the_scan_put_there_itself() -> None:
    document = api(
        "POST /books",
        "GET /books/{id}",
        body_post_books=obj("secret", secret="string"),
    )
    kept: dict[str, object] = {}

    def server(call: Call) -> Answer:
        if call.method == "POST":
            kept.update(call.json_body)
            return Answer(201, {"id": "7"})
        return Answer(200, {"id": "7", **kept}) if call.path == "/books/7" else Answer(404)

    talked = talk(PROBE, "GET /books/{id}", document, server)
    assert isinstance(talked.verdict, Held)
