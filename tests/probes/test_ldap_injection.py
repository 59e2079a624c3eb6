"""The oracle against a small directory whose filters are really parsed."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.ldap_injection import PROBE
from tests.probes.harness import Answer, Server, Talk, api, talk

USER = "GET /users/{username}"
DOCUMENT = api(
    USER,
    "GET /models",
    parameters_get_users_username=[
        {"name": "username", "in": "path", "required": True, "schema": {"example": "ann"}}
    ],
)
PEOPLE = [
    {"uid": "ann", "objectClass": "person", "mail": "ann@example.com"},
    {"uid": "bea", "objectClass": "person", "mail": "bea@example.com"},
]


def name_in(call: Call) -> str:
    return unquote(call.path.rsplit("/", 1)[-1])


def search(text: str) -> list[dict[str, str]]:
    """Entries that fit `(&(a=b)(c=d)...)`; a filter that does not parse is an error."""
    parts = re.fullmatch(r"\(&((?:\([A-Za-z]+=[^()]*\))+)\)", text)
    if parts is None:
        raise ValueError(f"bad search filter: {text}")
    pairs = re.findall(r"\(([A-Za-z]+)=([^()]*)\)", parts[1])
    return [
        entry
        for entry in PEOPLE
        if all(
            re.fullmatch(re.escape(value).replace(r"\*", ".*"), entry.get(key, ""))
            for key, value in pairs
        )
    ]


def directory(call: Call) -> Answer:
    try:
        found = search(f"(&(objectClass=person)(uid={name_in(call)}))")
    except ValueError:
        return Answer(500, "Internal Server Error")
    return Answer(200, {"found": found[0]["mail"]}) if found else Answer(404, {"detail": "nobody"})


def escaped(call: Call) -> Answer:
    found = [one for one in PEOPLE if one["uid"] == name_in(call)]
    return Answer(200, {"found": found[0]["mail"]}) if found else Answer(404, {"detail": "nobody"})


def said(server: Server, operation: str = USER) -> Talk:
    return talk(PROBE, operation, DOCUMENT, server)


def test_a_filter_made_of_request_text() -> None:
    talked = said(directory)
    assert talked.found.parameter == "username"
    assert {reply.status for reply in talked.found.proof} == {200}
    assert {reply.status for reply in talked.found.controls} == {404, 500}


def cuts_at_brackets(call: Call) -> Answer:
    return escaped(Call(label="", method="GET", path=re.split(r"[()]", name_in(call))[0]))


def wildcards(call: Call) -> Answer:
    pattern = re.escape(name_in(call)).replace(r"\*", ".*")
    found = [one["uid"] for one in PEOPLE if re.fullmatch(pattern, one["uid"])]
    return Answer(200, {"found": found})


def random_answers() -> Server:
    chance = random.Random(5)
    return lambda _call: Answer(chance.choice([200, 200, 404]), {"n": 1})


def alternating() -> Server:
    calls = itertools.count()
    return lambda _call: Answer(200, {"turn": next(calls) % 2})


@pytest.mark.parametrize(
    "make",
    [
        lambda: escaped,
        lambda: cuts_at_brackets,
        lambda: wildcards,
        random_answers,
        alternating,
        lambda: lambda call: Answer(200, {"you": name_in(call)}),
        lambda: lambda call: Answer(200, {"length": len(name_in(call))}),
        lambda: lambda _call: Answer(200, {"ok": True}),
        lambda: lambda call: Answer(400 if "(" in name_in(call) else 200, {"detail": "brackets"}),
    ],
)
def test_innocent(make: Callable[[], Server]) -> None:
    for _ in range(20):
        assert isinstance(said(make()).verdict, (Held, NotApplicable))


def test_nothing_to_ask_a_directory_for() -> None:
    assert isinstance(said(directory, "GET /models").verdict, NotApplicable)
    assert isinstance(said(lambda _call: Answer(404)).verdict, NotApplicable)
