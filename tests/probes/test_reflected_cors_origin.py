from __future__ import annotations

from collections.abc import Callable

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive
from scanner.engines.dast.probes.reflected_cors_origin import PROBE
from tests.probes.harness import Answer, Server, api, talk

ITEMS = "GET /items"
Headers = dict[str, str]


def allowing(policy: Callable[[str], Headers]) -> Server:
    """A server with a policy from the Origin (empty for none) to headers."""

    def server(call: Call) -> Answer:
        return Answer(200, {"a": 1}, policy(dict(call.headers).get("Origin", "")))

    return server


def reflect(origin: str, *, credentials: bool = True) -> Headers:
    if not origin:
        return {}
    headers = {"Access-Control-Allow-Origin": origin}
    return {**headers, "Access-Control-Allow-Credentials": "true"} if credentials else headers


def test_every_origin_with_credentials() -> None:
    found = talk(PROBE, ITEMS, api(ITEMS), allowing(reflect)).found
    assert "every origin" in found.message
    assert len(found.proof) == 2
    assert found.controls


def test_null_origin_with_credentials() -> None:
    server = allowing(lambda origin: reflect(origin) if origin == "null" else {})
    assert "null" in talk(PROBE, ITEMS, api(ITEMS), server).found.message


@pytest.mark.parametrize(
    "policy",
    [
        lambda _origin: {},
        lambda _origin: {"Access-Control-Allow-Origin": "*"},
        lambda origin: {**reflect(origin), "Access-Control-Allow-Origin": "*"},
        lambda origin: reflect(origin, credentials=False),
        lambda origin: reflect(origin) if origin == "https://app.example.com" else {},
        lambda _origin: reflect("https://app.example.com"),
    ],
)
def test_sound_policies(policy: Callable[[str], Headers]) -> None:
    talked = talk(PROBE, ITEMS, api(ITEMS), allowing(policy))
    assert isinstance(talked.verdict, Held)
    assert len(talked.calls) <= 7


def test_no_answer() -> None:
    verdict = talk(PROBE, ITEMS, api(ITEMS), lambda _call: Answer(0, fault="closed")).verdict
    assert verdict == Inconclusive("closed")


def trusting(allows: Callable[[str], bool]) -> Server:
    return allowing(lambda origin: reflect(origin) if allows(origin) else {})


@pytest.mark.parametrize("trusted", ["https://127.0.0.1", "http://localhost:3000"])
@pytest.mark.parametrize("how", ["begins", "ends"])
def test_look_alikes_of_a_trusted_origin(trusted: str, how: str) -> None:
    def allows(origin: str) -> bool:
        if how == "begins":
            return origin.startswith(trusted)
        return origin.endswith(trusted.partition("://")[2])

    found = talk(PROBE, ITEMS, api(ITEMS), trusting(allows)).found
    assert how in found.message
    assert found.proof[-1].call.headers[-1][1] != trusted


@pytest.mark.parametrize(
    "trusted", ["https://127.0.0.1", "http://localhost:3000", "http://localhost", "https://x"]
)
def test_only_trusted_origins(trusted: str) -> None:
    talked = talk(PROBE, ITEMS, api(ITEMS), trusting(lambda origin: origin == trusted))
    assert isinstance(talked.verdict, Held)
