"""The oracle against a real database behind a scripted server: the statements are really made."""

from __future__ import annotations

import itertools
import random
import re
import sqlite3
from collections.abc import Callable
from urllib.parse import unquote

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.sql_injection import PROBE
from scanner.model.severity import Confidence
from tests.probes.harness import Answer, Server, Talk, api, obj, talk

USER = "GET /users/{name}"
SEARCH = "GET /search"
LOGIN = "POST /login"
DOCUMENT = api(
    USER,
    "GET /items/{id}",
    SEARCH,
    LOGIN,
    "POST /users",
    parameters_get_users_name=[
        {"name": "name", "in": "path", "required": True, "schema": {"example": "ann"}}
    ],
    parameters_get_items_id=[
        {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    ],
    parameters_get_search=[{"name": "q", "in": "query", "schema": {"type": "string"}}],
    body_post_login=obj("username", "password", username="string", password="string"),
    body_post_users=obj("name", name="string"),
)


def database() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE, mail TEXT)")
    made.executemany(
        "INSERT INTO users (name, mail) VALUES (?, ?)", [("ann", "a@x"), ("bea", "b@x")]
    )
    return made


def value_of(call: Call) -> str:
    body = call.json_body if isinstance(call.json_body, dict) else {}
    held = body.get("username", body.get("name"))
    return str(held or dict(call.query).get("q") or unquote(call.path.rsplit("/", 1)[-1]))


def asking(statement: str, *, loud: bool = True, many: bool = False) -> Server:
    """A server that puts the value into a statement; `loud` shows the database's complaint."""
    connection = database()

    def server(call: Call) -> Answer:
        try:
            rows = connection.execute(statement.replace("<>", value_of(call))).fetchall()
        except sqlite3.Error as error:
            return Answer(500, f"sqlite3: {error}" if loud else "Internal Server Error")
        if many:
            return Answer(200, {"found": rows})
        return Answer(200, {"user": rows[0]}) if rows else Answer(404, {"detail": "not found"})

    return server


def said(operation: str, server: Server) -> Talk:
    return talk(PROBE, operation, DOCUMENT, server)


@pytest.mark.parametrize(
    ("operation", "statement", "many"),
    [
        (USER, "SELECT * FROM users WHERE name = '<>'", False),
        (USER, "SELECT * FROM users WHERE (name = '<>')", False),
        (USER, 'SELECT * FROM users WHERE name = "<>"', False),
        ("GET /items/{id}", "SELECT * FROM users WHERE id = <>", False),
        (SEARCH, "SELECT * FROM users WHERE name = '<>'", True),
        (SEARCH, "SELECT * FROM users WHERE name LIKE '%<>%'", True),
        # Brackets are missing as they would be: OR binds last.
        (LOGIN, "SELECT * FROM users WHERE mail = 'none' AND name = '<>'", False),
    ],
)
@pytest.mark.parametrize("loud", [True, False])
def test_statement_is_made_of_text(operation: str, statement: str, loud: bool, many: bool) -> None:
    found = said(operation, asking(statement, loud=loud, many=many)).found
    assert found.confidence is None
    assert len(found.proof) == 2
    assert len(found.controls) == 3
    assert found.parameter in ("name", "id", "q", "username")


@pytest.mark.parametrize("operation", [USER, "GET /items/{id}", SEARCH, LOGIN])
def test_value_is_a_parameter(operation: str) -> None:
    connection = database()

    def server(call: Call) -> Answer:
        wanted = (value_of(call),)
        rows = connection.execute("SELECT * FROM users WHERE name = ?", wanted).fetchall()
        return Answer(200, {"user": rows[0]}) if rows else Answer(404, {"detail": "not found"})

    talked = said(operation, server)
    assert isinstance(talked.verdict, Held)
    assert len(talked.calls) <= 14


def test_only_the_grammar_complains() -> None:
    """An insert shows no truth, only that the statement was broken: tentative."""
    found = said("POST /users", inserting("INSERT INTO users (name) VALUES ('<>')")).found
    assert found.confidence is Confidence.TENTATIVE
    assert "sqlite" in found.oracle


def inserting(statement: str) -> Server:
    def server(call: Call) -> Answer:
        try:
            database().execute(statement.replace("<>", value_of(call)))
        except sqlite3.Error as error:
            return Answer(500, f"sqlalchemy.exc.OperationalError: {error} [SQL: {statement}]")
        return Answer(201, {"done": True})

    return server


def test_duplicate_key_with_the_statement_in_the_traceback_is_no_injection() -> None:
    connection = database()

    def server(call: Call) -> Answer:
        try:
            connection.execute("INSERT INTO users (name) VALUES (?)", (value_of(call),))
        except sqlite3.Error as error:
            said = f"sqlalchemy.exc.IntegrityError: {error} [SQL: INSERT INTO users (name) ...]"
            return Answer(500, said)
        return Answer(201, {"done": True})

    assert isinstance(said("POST /users", server).verdict, Held)


def test_key_is_cut_at_the_first_quote_and_a_duplicate_gives_an_error() -> None:
    """One quote errs and two do not, by the state of the table and not by grammar."""
    calls = itertools.count()

    def server(call: Call) -> Answer:
        quotes = value_of(call).count("'")
        return Answer(500 if quotes == 1 and next(calls) < 1 else 200, {"ok": 1})

    assert isinstance(said(USER, server).verdict, Held)


@pytest.mark.parametrize("engine", ["pg_sleep", "SLEEP", "WAITFOR"])
def test_delay_grows_as_told(engine: str) -> None:
    def server(call: Call) -> Answer:
        text = value_of(call)
        match = re.search(rf"{engine}(?:\(| DELAY '0:0:)(\d)", text)
        if match:
            return Answer(200, {"ok": True}, seconds=0.05 + int(match[1]))
        return Answer(500 if "'" in text else 200, {"ok": True})

    assert "2, 4, 0 and 2" in said("POST /users", server).found.oracle


def test_slow_by_chance_is_no_delay() -> None:
    chance = random.Random(5)

    def server(call: Call) -> Answer:
        broken = "'" in value_of(call)
        return Answer(500 if broken else 200, {}, seconds=chance.uniform(0, 4) if broken else 0.1)

    for _ in range(50):
        assert isinstance(said("POST /users", server).verdict, Held)


def refuses_quotes(call: Call) -> Answer:
    return Answer(400 if re.search(r"['\"]", value_of(call)) else 200, {"ok": True})


def filtered(call: Call) -> Answer:
    """A filter in front that knows typical attacks and lets a lone quote through."""
    attack = re.search(r"'\s*(?:AND|OR)\s", value_of(call))
    return Answer(403, "blocked") if attack else Answer(200, {"ok": True})


def breaks_on_quotes(call: Call) -> Answer:
    return Answer(500 if "'" in value_of(call) else 200, "Internal Server Error")


def random_answers() -> Server:
    chance = random.Random(3)
    return lambda _call: Answer(chance.choice([200, 200, 404, 500]), {"n": chance.random()})


def coin() -> Server:
    chance = random.Random(8)
    return lambda _call: Answer(200, {"heads": chance.random() < 0.5})


def alternating() -> Server:
    calls = itertools.count()
    return lambda _call: Answer(200, {"turn": next(calls) % 2})


def length(call: Call) -> Answer:
    return Answer(200, {"length": len(value_of(call)), "you": value_of(call)})


@pytest.mark.parametrize(
    "make",
    [
        lambda: refuses_quotes,
        lambda: filtered,
        lambda: breaks_on_quotes,
        random_answers,
        coin,
        alternating,
        lambda: length,
        lambda: lambda call: Answer(404, {"detail": f"no {value_of(call)}"}),
        lambda: lambda _call: Answer(500, "You have an error in your SQL syntax"),
    ],
)
@pytest.mark.parametrize("operation", [USER, "GET /items/{id}", SEARCH, LOGIN, "POST /users"])
def test_innocent(make: Callable[[], Server], operation: str) -> None:
    server = make()
    for _ in range(10):
        assert isinstance(said(operation, server).verdict, (Held, NotApplicable))


def test_words_for_models_and_passwords_are_left_alone() -> None:
    document = api(
        "POST /chat",
        body_post_chat=obj("prompt", "password", prompt="string", password="string"),
    )
    talked = talk(PROBE, "POST /chat", document, lambda _call: Answer(200, {"ok": True}))
    assert isinstance(talked.verdict, NotApplicable)


def test_login_sends_the_right_password_only() -> None:
    talked = said(LOGIN, asking("SELECT * FROM users WHERE mail = 'none' AND name = '<>'"))
    assert talked.found
    assert {call.json_body["password"] for call in talked.calls} == {"servegate"}


@pytest.mark.parametrize("status", [0, 401, 403, 405, 429])
def test_no_valid_call(status: int) -> None:
    talked = said(USER, lambda _call: Answer(status, fault="" if status else "closed"))
    assert isinstance(talked.verdict, NotApplicable)


def test_destructive_is_not_called() -> None:
    talked = talk(PROBE, "POST /reset", api("POST /reset"), lambda _call: Answer(200))
    assert isinstance(talked.verdict, NotApplicable)


def test_valid_call_that_cannot_be_repeated() -> None:
    """A voucher is used up: what a quote does then says nothing."""
    seen: set[str] = set()

    def server(call: Call) -> Answer:
        used = value_of(call) in seen
        seen.add(value_of(call))
        return Answer(500 if "'" in value_of(call) else 409 if used else 200, {"ok": True})

    document = api("POST /vouchers", body_post_vouchers=obj("name", name="string"))
    talked = talk(PROBE, "POST /vouchers", document, server)
    assert isinstance(talked.verdict, Held)
    assert len(talked.calls) == 2


def test_refusal_of_quotes_is_not_counted_out() -> None:
    labels = [call.label for call in said(USER, refuses_quotes).calls]
    assert not [label for label in labels if "quotes" in label]


def changing(after: int) -> Server:
    """Tells claims apart for a while, then answers everything in another way."""
    inner = asking("SELECT * FROM users WHERE name = '<>'")
    claims: list[str] = []

    def server(call: Call) -> Answer:
        if " AND " in value_of(call):
            claims.append(value_of(call))
        return Answer(200, "maintenance") if len(claims) >= after else inner(call)

    def with_last(call: Call) -> Answer:
        made = inner(call) if " AND " in value_of(call) else server(call)
        server(call)
        return made

    return with_last


def test_server_that_changed_meanwhile() -> None:
    assert isinstance(said(USER, changing(10)).verdict, Held)


def test_claims_that_are_answered_in_several_ways() -> None:
    turns = itertools.count()
    inner = asking("SELECT * FROM users WHERE name = '<>'", many=True)

    def server(call: Call) -> Answer:
        made = inner(call)
        found = isinstance(made.body, dict) and made.body.get("found")
        return Answer(200 + next(turns) % 2, made.body) if found else made

    # The quotes still tell; the claims are no proof any more.
    assert said(SEARCH, server).found.confidence is Confidence.TENTATIVE
