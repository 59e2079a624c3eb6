"""Identities: every kind of credential, from the environment and never shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rich.pretty import pretty_repr

from scanner.config import load_settings
from scanner.engines.dast.conversation import Call, Reply
from scanner.engines.dast.sign_in import credential_from, made_up_user, recipe_call
from scanner.model.errors import ConfigError
from scanner.model.evidence import Exchange, Request
from scanner.model.plan import Identity, ModelOptions
from scanner.target import target_of

ENVIRON = {"KEY": "k-value", "PW": 'pass"word', "SECRET": "client-secret"}


def identity(tmp_path: Path, text: str) -> Identity:
    path = tmp_path / "servegate.toml"
    head = '[endpoint]\nurl = "http://127.0.0.1:1"\n[[endpoint.identities]]\nname = "al ice"\n'
    path.write_text(head + text)
    target = target_of(load_settings(path, {}), tmp_path, ENVIRON)
    assert target is not None
    return target.identities[0]


def reply(body: Any, headers: dict[str, str] | None = None, status: int = 200) -> Reply:
    call = Call(label="x", method="POST", path="/login")
    exchange = Exchange(label="x", request=Request(method="POST", url=""), response=None)
    content = json.dumps(body).encode()
    return Reply(call=call, status=status, headers=headers or {}, body=content, exchange=exchange)


def test_a_header_and_a_cookie(tmp_path: Path) -> None:
    made = identity(tmp_path, 'value_env = "KEY"\nheader = "Cookie"\nprefix = "session="\n')
    assert (made.header, made.secret, made.value_env) == ("Cookie", "session=k-value", "KEY")


def test_basic_authentication(tmp_path: Path) -> None:
    made = identity(tmp_path, 'basic = { username = "u", password_env = "KEY" }\n')
    assert made.secret == "Basic dTprLXZhbHVl"
    assert made.value_env == "AL_ICE_BASIC"
    assert made.secrets == ("k-value",)


@pytest.mark.parametrize(
    ("grant", "sent"),
    [
        (
            "client_credentials",
            b"grant_type=client_credentials&client_id=c&client_secret=client-secret",
        ),
        (
            "password",
            b"grant_type=password&client_id=c&client_secret=client-secret&username=u&password=pass"
            b"%22word",
        ),
    ],
)
def test_oauth2_grants(tmp_path: Path, grant: str, sent: bytes) -> None:
    made = identity(
        tmp_path,
        f'oauth2 = {{ path = "/token", grant = "{grant}", client_id = "c", username = "u", '
        'client_secret_env = "SECRET", password_env = "PW" }\n',
    )
    assert made.login is not None
    call = recipe_call(made.login, "x", {})
    assert call.raw_body == sent
    assert call.media_type == "application/x-www-form-urlencoded"
    assert credential_from(made, reply({"access_token": "t"})) == "Bearer t"


def test_a_login_recipe_with_secrets_and_made_up_values(tmp_path: Path) -> None:
    made = identity(
        tmp_path,
        'prefix = "Token "\n'
        'login = { path = "/login", body = { user = "{username}", pw = "$PW" }, '
        'token = "data.jwt" }\n'
        'register = { path = "/users", body = { name = "{username}", pw = "{password}" } }\n',
    )
    assert made.login is not None
    assert made.register is not None
    user = made_up_user()
    assert recipe_call(made.login, "x", user).json_body == {
        "user": user["username"],
        "pw": 'pass"word',
    }
    assert recipe_call(made.register, "x", user).json_body == {
        "name": user["username"],
        "pw": user["password"],
    }
    assert credential_from(made, reply({"data": {"jwt": "abc"}})) == "Token abc"
    assert credential_from(made, reply({"data": {}})) is None
    assert credential_from(made, reply({"data": {"jwt": "abc"}}, status=401)) is None
    assert 'pass"word' not in repr(made)


def test_a_login_that_sets_a_cookie(tmp_path: Path) -> None:
    made = identity(tmp_path, 'login = { path = "/login", cookie = "sid" }\n')
    headers = {"set-cookie": "theme=dark; Path=/, sid=s3cret; HttpOnly"}
    assert made.header == "Cookie"
    assert credential_from(made, reply({}, headers)) == "sid=s3cret"
    assert credential_from(made, reply({}, {"set-cookie": "xsid=1"})) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "needs one of value_env, basic, oauth2, login, and has none"),
        ('value_env = "KEY"\nlogin = { path = "/l" }\n', "and has value_env and login"),
        ('login = { path = "login" }\n', "endpoint.identities.0.login.path"),
        ('login = { path = "/l", tokn = "x" }\n', "did you mean token?"),
        ('login = { path = "/l", body = { p = "$NOT_SET" } }\n', "NOT_SET is not set"),
        (
            'value_env = "KEY"\n[[endpoint.identities]]\nname = "al ice"\nvalue_env = "KEY"\n',
            "two identities",
        ),
    ],
)
def test_a_fault_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        identity(tmp_path, text)
    assert told in str(caught.value)


def test_the_hidden_word_is_not_shown() -> None:
    options = ModelOptions(system_canary="sesame")
    assert "sesame" not in repr(options) + pretty_repr(options)
