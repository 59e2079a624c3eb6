"""The oracle against a real template engine behind a scripted server."""

from __future__ import annotations

import re

import jinja2
import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.template_injection import PROBE
from tests.probes.harness import Answer, Server, Talk, api, obj, talk

GREET = "POST /greet"
DOCUMENT = api(GREET, body_post_greet=obj("name", name="string"))


def name_of(call: Call) -> str:
    return str(call.json_body["name"])


def said(server: Server) -> Talk:
    return talk(PROBE, GREET, DOCUMENT, server)


def jinja(call: Call) -> Answer:
    try:
        return Answer(200, {"text": jinja2.Template(f"Hello {name_of(call)}").render()})
    except jinja2.TemplateError:
        return Answer(500, "Internal Server Error")


def engine(opening: str, closing: str, grouped: bool = False) -> Server:
    """An engine with other marks."""
    pattern = rf"{re.escape(opening)}(\d+)\*(\d+){re.escape(closing)}"

    def worked(match: re.Match[str]) -> str:
        product = int(match[1]) * int(match[2])
        return f"{product:,}" if grouped else str(product)

    return lambda call: Answer(200, f"<p>Hello {re.sub(pattern, worked, name_of(call))}</p>")


@pytest.mark.parametrize(
    ("server", "shown"),
    [
        (jinja, "{{...}}"),
        (engine("${", "}"), "${...}"),
        (engine("${", "}", grouped=True), "${...}"),
        (engine("#{", "}"), "#{...}"),
        (engine("<%= ", " %>"), "<%=...%>"),
    ],
)
def test_sum_is_worked_out(server: Server, shown: str) -> None:
    found = said(server).found
    assert f"({shown})" in found.message
    assert found.parameter == "name"
    assert len(found.controls) == 2


def worker(call: Call) -> Answer:
    """A model or a calculator: works out a sum wherever it stands."""

    def product(match: re.Match[str]) -> str:
        return str(int(match[1]) * int(match[2]))

    return Answer(200, {"text": re.sub(r"(\d+)\*(\d+)", product, name_of(call))})


def bracketed(call: Call) -> Answer:
    """Works out what stands in any brackets, which no template engine does."""

    def product(match: re.Match[str]) -> str:
        return str(int(match[1]) * int(match[2]))

    return Answer(200, {"text": re.sub(r"[\[{(](\d+)\*(\d+)[\]})]", product, name_of(call))})


def once() -> Server:
    """The right number by chance: the first time only."""
    done: list[str] = []

    def server(call: Call) -> Answer:
        match = re.search(r"\{\{(\d+)\*(\d+)\}\}", name_of(call))
        if match and not done:
            done.append("")
            return Answer(200, str(int(match[1]) * int(match[2])))
        return Answer(200, "hello")

    return server


@pytest.mark.parametrize(
    "server",
    [
        worker,
        bracketed,
        once(),
        lambda call: Answer(200, {"you": name_of(call)}),
        lambda call: Answer(400 if "{" in name_of(call) else 200),
        lambda call: Answer(200, jinja2.Template("Hello {{ n }}").render(n=name_of(call))),
    ],
)
def test_innocent(server: Server) -> None:
    talked = said(server)
    assert isinstance(talked.verdict, Held)
    assert len(talked.calls) <= 6


@pytest.mark.parametrize("status", [0, 401, 403, 429])
def test_no_valid_call(status: int) -> None:
    assert isinstance(said(lambda _call: Answer(status, fault="x")).verdict, NotApplicable)


def test_no_text() -> None:
    document = api("POST /greet", body_post_greet=obj("n", n="integer"))
    talked = talk(PROBE, GREET, document, lambda _call: Answer(200, {}))
    assert isinstance(talked.verdict, NotApplicable)
