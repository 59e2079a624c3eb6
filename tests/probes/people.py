"""A scripted service with users who register, log in and change what is theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from scanner.engines.dast.conversation import Call
from scanner.model.plan import Identity, Role
from tests.probes.harness import Answer, api, obj

REGISTER = "POST /users/register"
LOGIN = "POST /users/login"
ME = "GET /users/me"
READ = "GET /users/{username}"
REMOVE = "DELETE /users/{username}"
MAIL = "PUT /users/{username}/email"
PASSWORD = "PUT /users/{username}/password"
DOCUMENT = api(
    REGISTER,
    LOGIN,
    ME,
    READ,
    REMOVE,
    MAIL,
    PASSWORD,
    body_post_users_register=obj(
        "username", "password", "email", username="string", password="string", email="string"
    ),
    body_post_users_login=obj("username", "password", username="string", password="string"),
    body_put_users_username_email=obj("email", email="string"),
    body_put_users_username_password=obj("password", password="string"),
)
WRONG = Answer(401, {"error": "wrong name or password"})
TAKEN = "Sound-pass-1"


def people(*names: str) -> tuple[Identity, ...]:
    """Identities of users that are there from the start, with their tokens."""
    return tuple(
        Identity(
            name=name,
            role=Role.USER,
            header="Authorization",
            value_env=name.upper(),
            secret=f"Bearer {token_for(name)}",
            prefix="Bearer ",
        )
        for name in names
    )


def token_for(name: str) -> str:
    return f"token-of-{name}-0123456789"


@dataclass
class Service:
    """Sound by default; a test sets what shall be wrong with it."""

    known: dict[str, dict[str, str]] = field(
        default_factory=lambda: {
            name: {"password": TAKEN, "email": f"{name}@example.com"} for name in ("alice", "bob")
        }
    )
    no_such_user: Answer = WRONG
    wrong_password: Answer = WRONG
    registers: bool = True
    asks_for_old: bool = True
    whose: str = (
        "own"  # own: any other is refused; path: the path decides; token: the path is ignored
    )
    failures: int = 0

    def __call__(self, call: Call) -> Answer:
        body = call.json_body if isinstance(call.json_body, dict) else {}
        last = call.path.rsplit("/", 1)[-1]
        if call.path == "/users/register":
            return self.register(body)
        if call.path == "/users/login":
            return self.login(body)
        if not re.fullmatch(r"/users/[^/]+(?:/(?:email|password))?", call.path):
            return Answer(404, {"detail": "Not Found"})
        caller = self.caller(call)
        if caller is None:
            return Answer(401, {"detail": "log in"})
        if last == "me":
            return Answer(200, {"username": caller, "email": self.known[caller]["email"]})
        return self.on_user(call, caller, body)

    def register(self, body: dict[str, Any]) -> Answer:
        name = str(body.get("username"))
        if not self.registers or name in self.known:
            return Answer(403 if not self.registers else 409, {"detail": "no"})
        self.known[name] = {"password": str(body["password"]), "email": str(body["email"])}
        return Answer(201, {"status": "registered"})

    def login(self, body: dict[str, Any]) -> Answer:
        user = self.known.get(str(body.get("username")))
        if user is None:
            self.failures += 1
            return self.no_such_user
        if user["password"] != body.get("password"):
            self.failures += 1
            return self.wrong_password
        return Answer(200, {"access_token": token_for(str(body["username"]))})

    def caller(self, call: Call) -> str | None:
        if call.identity is None:
            return None
        given = call.credential or f"Bearer {token_for(call.identity)}"
        match = re.fullmatch(r"Bearer token-of-(\w+)-0123456789", given)
        return match[1] if match and match[1] in self.known else None

    def on_user(self, call: Call, caller: str, body: dict[str, Any]) -> Answer:
        named = call.path.split("/")[2]
        if self.whose == "own" and named != caller:
            return Answer(404, {"detail": "no such user"})
        name = caller if self.whose == "token" else named
        if name not in self.known:
            return Answer(404, {"detail": "no such user"})
        if call.method == "DELETE":
            del self.known[name]
            return Answer(204)
        if call.path.endswith("/password"):
            old = body.get("current_password", "" if self.asks_for_old else None)
            if self.asks_for_old and old != self.known[name]["password"]:
                return Answer(403, {"detail": "the current password is wrong"})
            self.known[name]["password"] = str(body["password"])
            return Answer(204)
        if call.path.endswith("/email"):
            self.known[name]["email"] = str(body["email"])
            return Answer(204)
        return Answer(200, {"username": name, "email": self.known[name]["email"]})
