"""The oracle against a real shell behind a scripted server."""

from __future__ import annotations

import random
import re
import subprocess

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.command_injection import PROBE
from tests.probes.harness import Answer, Server, Talk, api, obj, talk

PING = "POST /ping"
DOCUMENT = api(PING, body_post_ping=obj("host", host="string", note="string"))


def host_of(call: Call) -> str:
    return str(call.json_body.get("host", ""))


def shell(template: str) -> Server:
    """A server that hands the host to a shell and shows what it prints."""

    def server(call: Call) -> Answer:
        # The waits are left out; they are another test.
        text = re.sub(r"sleep \d", "true", host_of(call))
        done = subprocess.run(
            ["/bin/sh", "-c", template.replace("<>", text)],
            capture_output=True,
            text=True,
            check=False,
        )
        return Answer(200, {"out": done.stdout + done.stderr})

    return server


def said(server: Server) -> Talk:
    return talk(PROBE, PING, DOCUMENT, server)


@pytest.mark.parametrize("template", ["echo to <>", 'echo "to <>"', "echo 'to <>'"])
def test_shell_works_the_sum_out(template: str) -> None:
    found = said(shell(template)).found
    assert found.parameter == "host"
    assert len(found.proof) == 2
    assert [one.ok for one in found.controls] == [True]


def test_argument_of_its_own_is_no_command() -> None:
    def server(call: Call) -> Answer:
        done = subprocess.run(
            ["/bin/echo", "to", host_of(call)], capture_output=True, text=True, check=True
        )
        return Answer(200, {"out": done.stdout})

    talked = said(server)
    assert isinstance(talked.verdict, Held)
    assert len(talked.calls) <= 6


def seconds_of(call: Call) -> float:
    match = re.search(r"sleep (\d)", host_of(call))
    return float(match[1]) if match else 0.0


def test_shell_waits_as_told() -> None:
    found = said(lambda call: Answer(200, {"ok": True}, seconds=0.1 + seconds_of(call))).found
    assert "2.1, 4.1, 0.1, 2.1" in found.oracle
    assert len(found.controls) == 2


def jitter() -> Server:
    chance = random.Random(4)
    return lambda call: Answer(
        200, {"ok": True}, seconds=chance.uniform(0, 4.5) if "sleep" in host_of(call) else 0.05
    )


def model(call: Call) -> Answer:
    """Whatever asks for a sum gets it, with or without a shell."""

    def product(match: re.Match[str]) -> str:
        return str(int(match[1]) * int(match[2]))

    plain = re.sub(r"\$\(\(|\)\)", "", host_of(call))
    return Answer(200, {"text": re.sub(r"(\d+)\*(\d+)", product, plain)})


@pytest.mark.parametrize(
    "server",
    [
        lambda call: Answer(200, {"you": host_of(call)}),
        lambda _call: Answer(200, {"ok": True}, seconds=2.0),
        lambda call: Answer(200, {"n": len(host_of(call))}, seconds=len(host_of(call)) / 12),
        lambda call: Answer(400 if ";" in host_of(call) else 200),
        jitter(),
        model,
    ],
)
def test_innocent(server: Server) -> None:
    for _ in range(50):
        assert isinstance(said(server).verdict, Held)


@pytest.mark.parametrize("status", [0, 401, 403, 429])
def test_no_valid_call(status: int) -> None:
    assert isinstance(said(lambda _call: Answer(status, fault="x")).verdict, NotApplicable)


def test_words_for_people_are_left_alone() -> None:
    document = api("POST /chat", body_post_chat=obj("prompt", prompt="string"))
    talked = talk(PROBE, "POST /chat", document, lambda _call: Answer(200, {}))
    assert isinstance(talked.verdict, NotApplicable)
