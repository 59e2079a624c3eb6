"""A zoo of endpoints without a weakness that a probe may claim: each probe, on each operation."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Probe, Vulnerable
from scanner.engines.dast.probes import PROBES
from tests.probes.harness import Answer, Server, api, obj, survey, talk_everywhere, who

OPERATIONS = (
    "GET /v1/me",
    "PATCH /v1/me",
    "GET /v1/models",
    "GET /v1/admin/audit",
    "POST /v1/predict",
    "POST /v1/jobs",
    "GET /v1/jobs",
    "GET /v1/jobs/{id}",
    "DELETE /v1/jobs/{id}",
    "POST /v1/credits/redeem",
    "POST /v1/import",
)
DOCUMENT = api(
    *OPERATIONS,
    body_patch_v1_me=obj(display_name="string"),
    body_post_v1_predict=obj("text", text="string"),
    body_post_v1_jobs=obj("label", label="string", callback_url="string"),
    body_post_v1_credits_redeem=obj("code", code="string"),
    body_post_v1_import=obj("source_url", source_url="string"),
)
# What is for everyone is documented to be so.
DOCUMENT["paths"]["/v1/models"]["get"]["security"] = []
SAFE = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def limited(server: Server, calls: int = 100) -> Server:
    """The server with hardening headers, and a limit that shows up late on what costs compute."""
    counts: dict[str | None, int] = {}

    def bounded(call: Call) -> Answer:
        if call.path.endswith("/predict"):
            counts[who(call)] = counts.get(who(call), 0) + 1
            if counts[who(call)] > calls:
                return Answer(429, headers={**SAFE, "Retry-After": "30"})
        made = server(call)
        return Answer(made.status, made.body, {**SAFE, **made.headers})

    return bounded


def echo(call: Call) -> Answer:
    said = {"method": call.method, "path": call.path, "query": call.query, "body": call.json_body}
    return Answer(200, said)


def reflected_text(call: Call) -> Answer:
    return Answer(200, f"You sent {json.dumps(call.json_body)} to {call.path}")


def yes_to_everything(_call: Call) -> Answer:
    return Answer(200, {"status": "ok"})


def empty_yes(_call: Call) -> Answer:
    return Answer(204)


def soft_not_found(_call: Call) -> Answer:
    return Answer(200, "<html><title>Nothing here</title></html>", {"Content-Type": "text/html"})


def login_page(_call: Call) -> Answer:
    return Answer(200, "<form><input type=password></form>", {"Content-Type": "text/html"})


def random_bodies() -> Server:
    chance = random.Random(11)

    def server(_call: Call) -> Answer:
        return Answer(
            200, {chance.choice("abcd"): chance.random(), "token": chance.randbytes(20).hex()}
        )

    return server


def closed(_call: Call) -> Answer:
    return Answer(401, {"detail": "no"})


def broken(_call: Call) -> Answer:
    return Answer(500, "Internal Server Error")


def public_data(call: Call) -> Answer:
    """Data for everyone, with CORS for everyone and no credentials."""
    return Answer(
        200,
        {"data": ["a", "b"]} if call.path == "/v1/models" else {"status": "ok"},
        {"Access-Control-Allow-Origin": "*"},
    )


def sound() -> Server:
    """An API that does it right; everyone's jobs are listed, and are public to read."""
    profiles = {
        n: {"name": n, "display_name": n, "role": "user", "credits": 0} for n in ("alice", "bob")
    }
    profiles["root"] = {"name": "root", "display_name": "R", "role": "admin", "credits": 0}
    jobs: dict[str, dict[str, Any]] = {}
    used: set[str] = set()
    numbers = itertools.count(1)

    def server(call: Call) -> Answer:
        name = who(call)
        body = call.json_body if isinstance(call.json_body, dict) else {}
        known = any(call.path == one.split(" ")[1] for one in OPERATIONS)
        if not known and not call.path.startswith("/v1/jobs/"):
            return Answer(404, {"detail": "Not Found"})
        if name is None:
            return Answer(401, {"detail": "a key is needed"})
        if call.path == "/v1/me":
            profiles[name].update({k: v for k, v in body.items() if k == "display_name"})
            return Answer(200, dict(profiles[name]))
        if call.path == "/v1/admin/audit":
            return Answer(200, {"entries": ["e"] * 3}) if name == "root" else Answer(403)
        if call.path == "/v1/credits/redeem":
            if name in used:
                return Answer(409)
            used.add(name)
            return Answer(200, dict(profiles[name]))
        if call.path == "/v1/import":
            return Answer(422, {"detail": "not on the list"})
        return collection(call, name, body)

    def collection(call: Call, name: str, body: dict[str, Any]) -> Answer:
        if call.path == "/v1/models":
            return Answer(200, {"models": [{"name": "base"}]})
        if call.path == "/v1/predict":
            fine = isinstance(body.get("text"), str)
            return Answer(200, {"label": "good"}) if fine else Answer(422, {"detail": "text"})
        if call.method == "POST":
            job = {"id": str(next(numbers)), "owner": name, "label": body.get("label")}
            jobs[job["id"]] = job
            return Answer(201, job)
        if call.path == "/v1/jobs":
            return Answer(200, {"jobs": list(jobs.values())})
        job = jobs.get(call.path.rsplit("/", 1)[-1], {})
        if not job or job["owner"] != name:
            return Answer(404)
        if call.method == "DELETE":
            return Answer(204 if jobs.pop(job["id"], None) else 404)
        return Answer(200, job)

    return server


def slow(server: Callable[[], Server]) -> Server:
    inner = server()

    def late(call: Call) -> Answer:
        made = inner(call)
        return Answer(made.status, made.body, made.headers, seconds=4.0)

    return late


ZOO: dict[str, Callable[[], Server]] = {
    "echo": lambda: echo,
    "reflected text": lambda: reflected_text,
    "yes to everything": lambda: yes_to_everything,
    "empty yes": lambda: empty_yes,
    "soft 404": lambda: soft_not_found,
    "login page": lambda: login_page,
    "random bodies": random_bodies,
    "closed": lambda: closed,
    "broken": lambda: broken,
    "public data": lambda: public_data,
    "sound": sound,
    "sound and slow": lambda: slow(sound),
}


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: str(probe.rule.id))
def test_no_false_alarm(name: str, probe: Probe) -> None:
    server = limited(ZOO[name]())
    world = survey(DOCUMENT, server)
    found = [
        (where, verdict.message)
        for where, verdict in talk_everywhere(probe, world, server)
        if isinstance(verdict, Vulnerable)
    ]
    assert not found


def test_the_zoo_is_alive() -> None:
    """The sound API does answer: silence about it means something."""
    world = survey(DOCUMENT, limited(sound()))
    working = {str(one) for one in world.operations if world.baseline(one)}
    assert working == {one for one in OPERATIONS if not one.startswith(("DELETE", "POST /v1/imp"))}
