from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable, World
from scanner.engines.dast.probes._tokens import token_in
from scanner.engines.dast.probes.forged_token import PROBE
from scanner.model.plan import Identity, Role
from tests.probes.harness import Answer, Server, api, converse, survey

ME = "GET /me"
DOCUMENT = api(ME, "GET /items")
STRONG = "0f6d1c9a-not-on-any-list"


def encoded(value: object) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def signed(claims: Mapping[str, object], key: str, alg: str = "HS256") -> str:
    text = f"{encoded({'alg': alg, 'typ': 'JWT'})}.{encoded(dict(claims))}"
    kind = {"HS256": "sha256", "HS512": "sha512"}[alg]
    return f"{text}.{encoded(hmac.new(key.encode(), text.encode(), kind).digest())}"


def people(key: str, alg: str = "HS256", **extra: object) -> tuple[Identity, ...]:
    claims = {"exp": int(time.time()) + 60, **extra}
    return tuple(
        Identity(
            name=name,
            role=Role.USER,
            header="Authorization",
            value_env=name.upper(),
            secret=f"Bearer {signed({'sub': name, **claims}, key, alg)}",
            prefix="Bearer ",
        )
        for name in ("alice", "bob")
    )


Check = Callable[[dict[str, Any], dict[str, Any], bool], bool]


def strict(header: dict[str, Any], claims: dict[str, Any], genuine: bool) -> bool:
    return genuine and header["alg"] in ("HS256", "HS512") and claims.get("exp", 0) > time.time()


def guarded(identities: tuple[Identity, ...], key: str, check: Check = strict) -> Server:
    """A server that reads tokens itself; `check` decides on header, claims and signature."""
    secrets = {one.name: one.secret for one in identities}

    def server(call: Call) -> Answer:
        given = call.credential or secrets.get(call.identity or "", "")
        parts = given.removeprefix("Bearer ").split(".")
        if len(parts) != 3:
            return Answer(401, {"detail": "a token is needed"})
        header, claims = (
            json.loads(base64.urlsafe_b64decode(part + "==").decode()) for part in parts[:2]
        )
        kind = "sha512" if header["alg"] == "HS512" else "sha256"
        text = f"{parts[0]}.{parts[1]}"
        right = encoded(hmac.new(key.encode(), text.encode(), kind).digest())
        if not check(header, claims, right == parts[2]):
            return Answer(401, {"detail": "invalid token"})
        if call.path == "/me":
            return Answer(200, {"name": claims["sub"], "mail": f"{claims['sub']}@example.com"})
        return Answer(200, {"items": [1, 2]})

    return server


def world_of(server: Server, identities: tuple[Identity, ...]) -> World:
    return survey(DOCUMENT, server, identities)


def verdict_of(identities: tuple[Identity, ...], server: Server) -> Any:
    return converse(PROBE, ME, world_of(server, identities), server)


@pytest.mark.parametrize("alg", ["HS256", "HS512"])
def test_key_is_a_common_word_and_another_user_is_impersonated(alg: str) -> None:
    identities = people("changeme", alg)
    found = verdict_of(identities, guarded(identities, "changeme")).found
    assert str(found.operation) == ME
    assert "common word" in found.message
    assert "changeme" not in found.message + found.oracle
    assert b"bob" in found.proof[-1].body
    assert found.proof[-1].call.identity == "alice"
    assert [one.status for one in found.controls] == [401, 401, 401]


def test_expired_token_is_accepted_too() -> None:
    identities = people("secret")
    server = guarded(identities, "secret", lambda _header, _claims, genuine: genuine)
    assert "expired" in verdict_of(identities, server).found.message


def test_one_user_only() -> None:
    identities = people("secret")[:1]
    found = verdict_of(identities, guarded(identities, "secret")).found
    assert "the same user" in found.oracle


def test_operation_that_does_not_tell_callers_apart() -> None:
    identities = people("secret")
    server = guarded(identities, "secret")
    world = survey(api("GET /items"), server, identities)
    assert "the same user" in converse(PROBE, "GET /items", world, server).found.oracle


@pytest.mark.parametrize(
    ("check", "what"),
    [
        (lambda _header, _claims, _genuine: True, "a random signature"),
        (lambda header, _claims, genuine: genuine or header["alg"] == "none", "algorithm none"),
        (lambda header, _claims, genuine: genuine or header["alg"] == "NONE", "algorithm NONE"),
    ],
)
def test_signature_is_not_needed(check: Check, what: str) -> None:
    identities = people(STRONG)
    found = verdict_of(identities, guarded(identities, STRONG, check)).found
    assert what in found.message
    assert [one.status for one in found.controls] == [401, 401]


def test_signature_cut_off() -> None:
    identities = people(STRONG)
    inner = guarded(identities, STRONG)

    def server(call: Call) -> Answer:
        if (call.credential or "").endswith(".") and '"HS256"' in _header_of(call):
            return Answer(200, {"name": "alice", "mail": "alice@example.com"})
        return inner(call)

    assert "cut off" in verdict_of(identities, server).found.message


def _header_of(call: Call) -> str:
    part = (call.credential or "").removeprefix("Bearer ").split(".")[0]
    return base64.urlsafe_b64decode(part + "==").decode()


def test_sound_tokens() -> None:
    identities = people(STRONG)
    talked = verdict_of(identities, guarded(identities, STRONG))
    assert isinstance(talked.verdict, Held)
    assert len(talked.calls) <= 8


def test_token_is_looked_up_in_a_list_besides() -> None:
    identities = people("secret")
    inner = guarded(identities, "secret")

    def server(call: Call) -> Answer:
        return Answer(401) if call.credential else inner(call)

    assert isinstance(verdict_of(identities, server).verdict, Held)


def test_forged_token_shows_the_callers_own() -> None:
    """Whatever the token says, it is the connection that counts: nobody was impersonated."""
    identities = people("secret")
    inner = guarded(identities, "secret")

    def server(call: Call) -> Answer:
        made = inner(call)
        name = call.identity
        return Answer(200, {"name": name, "mail": f"{name}@x"}) if made.status == 200 else made

    assert isinstance(verdict_of(identities, server).verdict, Held)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, {"name": "alice", "mail": "a@example.com"}),
        Answer(200, {"items": []}),
    ],
)
def test_nothing_looks_at_the_token(answer: Answer) -> None:
    identities = people("secret")
    talked = verdict_of(identities, lambda _call: answer)
    assert isinstance(talked.verdict, NotApplicable)


def test_open_to_nobody_but_nonsense_is_let_in() -> None:
    """A guard that only looks whether there is a token is another weakness."""
    identities = people("secret")

    def server(call: Call) -> Answer:
        return Answer(200, {"name": "x"}) if call.identity else Answer(401)

    assert isinstance(verdict_of(identities, server).verdict, NotApplicable)


def test_refusal_behind_a_success() -> None:
    identities = people(STRONG)
    inner = guarded(identities, STRONG)

    def server(call: Call) -> Answer:
        made = inner(call)
        return Answer(200, {"success": False}) if made.status == 401 else made

    assert isinstance(verdict_of(identities, server).verdict, Held)


def test_opaque_credentials() -> None:
    plain = tuple(
        Identity(name=n, role=Role.USER, header="X-API-Key", value_env="K", secret="k.e.y" * 9)
        for n in ("alice", "bob")
    )
    talked = verdict_of(plain, lambda _call: Answer(200, {"name": "x"}))
    assert isinstance(talked.verdict, NotApplicable)
    assert not talked.calls


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer abc",
        "a" * 40,
        f"{encoded([1, 2, 3, 4])}.{encoded({'sub': 'x'})}.{encoded(b'x' * 32)}",
        f"{encoded({'typ': 'JWT'})}.{encoded({'sub': 'x'})}.{encoded(b'x' * 32)}",
        f"{signed({'sub': 'x'}, 'secret')}/more",
    ],
)
def test_what_is_no_token(value: str) -> None:
    assert token_in(value) is None


def test_signature_by_a_key_pair_is_not_guessed() -> None:
    text = f"{encoded({'alg': 'RS256'})}.{encoded({'sub': 'x'})}.{encoded(b'x' * 256)}"
    token = token_in(f"Bearer {text}")
    assert token is not None
    assert token.prefix == "Bearer "
    assert token.secret() is None


def test_open_to_nobody_while_nonsense_is_refused() -> None:
    """What everyone may read needs no token, so none is forged to any use."""
    identities = people("secret")
    inner = guarded(identities, "secret", lambda _header, _claims, _genuine: True)

    def server(call: Call) -> Answer:
        open_to_all = {"/me": {"name": "x", "mail": "y"}, "/items": {"items": [1, 2]}}
        return inner(call) if call.identity else Answer(200, open_to_all[call.path])

    assert isinstance(verdict_of(identities, server).verdict, NotApplicable)


def test_token_that_has_ended_since_the_first_look() -> None:
    identities = people("secret")
    world = world_of(guarded(identities, "secret"), identities)
    talked = converse(PROBE, ME, world, lambda _call: Answer(401))
    assert isinstance(talked.verdict, NotApplicable)
    assert len(talked.calls) == 2


def test_other_user_has_no_token() -> None:
    alice = people("secret")[0]
    bob = Identity(name="bob", role=Role.USER, header="X-API-Key", value_env="B", secret="b" * 30)
    found = verdict_of((alice, bob), guarded((alice, bob), "secret")).found
    assert "the same user" in found.oracle
