from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from scanner.engines.dast.conversation import Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.weak_transport import PROBE
from scanner.model.severity import Severity
from tests.probes.harness import Answer, Server, Talk, api, converse, survey

MODELS = "GET /models"
DOCUMENT = api(MODELS)
FINE: Server = lambda _call: Answer(200, [])  # noqa: E731


def said(
    origin: str,
    speaks: Callable[[str], bool | None] = lambda _version: None,
    server: Server = FINE,
) -> Talk:
    world = replace(survey(DOCUMENT, FINE), origin=origin, speaks=speaks)
    return converse(PROBE, MODELS, world, server)


def test_a_credential_in_clear_text_to_another_machine() -> None:
    assert "over plain HTTP" in said("http://models.example.com").found.message


def test_old_versions_of_tls() -> None:
    found = said("https://models.example.com", lambda version: version == "TLS 1.0").found
    assert "TLS 1.0" in found.message
    assert "TLS 1.1" not in found.message
    assert found.severity is Severity.MEDIUM


def test_present_versions_only() -> None:
    assert isinstance(said("https://localhost:1", lambda _version: False).verdict, Held)


def test_what_could_not_be_tried_is_no_pass() -> None:
    assert isinstance(said("https://localhost:1").verdict, Inconclusive)
    silent: Server = lambda _call: Answer(0, fault="reset")  # noqa: E731
    assert isinstance(said("http://models.example.com", server=silent).verdict, Inconclusive)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:9"])
def test_plain_http_on_this_machine_is_no_finding(host: str) -> None:
    assert isinstance(said(f"http://{host}").verdict, NotApplicable)


def test_a_server_that_redirects_plain_http() -> None:
    moved: Server = lambda _call: Answer(308, headers={"Location": "https://x"})  # noqa: E731
    assert isinstance(said("http://models.example.com", server=moved).verdict, Held)
