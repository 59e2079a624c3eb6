from __future__ import annotations

import re
from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.listener import word_of
from scanner.engines.dast.probes.external_entity import PROBE
from scanner.model.severity import Severity
from tests.probes.harness import LISTENER, Answer, Heard, Server, Talk, api, obj, talk

IMPORT = "POST /import"


def document() -> dict[str, Any]:
    made = api(IMPORT)
    schema = {**obj(title="string", text="string"), "xml": {"name": "note"}}
    content = {"application/xml": {"schema": schema}}
    made["paths"]["/import"]["post"]["requestBody"] = {"content": content}
    return made


def body_of(call: Call) -> str:
    return (call.raw_body or b"").decode()


def parser(
    heard: Heard, *, general: bool = True, parameter: bool = True, show: bool = True
) -> Server:
    """Fetches the entities that a document names, in the ways that are allowed."""

    def server(call: Call) -> Answer:
        text = body_of(call)
        found = re.search(r'<!ENTITY (%? ?)sg SYSTEM "([^"]+)">', text)
        if not found or not (parameter if "%" in found[1] else general):
            return Answer(200, {"ok": True})
        heard.fetch(found[2])
        word = word_of(found[2].rsplit("/", 1)[-1])
        return Answer(200, {"title": word} if show and "&sg;" in text else {"ok": True})

    return server


def said(make: Any, heard: Heard) -> Talk:
    return talk(PROBE, IMPORT, document(), make, heard=heard)


def test_entity_is_fetched_and_shown() -> None:
    heard = Heard()
    talked = said(parser(heard), heard)
    assert talked.found.severity is Severity.CRITICAL
    assert "<note><title>&sg;</title>" in body_of(talked.calls[0])
    assert len(talked.found.controls) == 1


def test_entity_of_the_document_type_only() -> None:
    heard = Heard()
    found = said(parser(heard, general=False), heard).found
    assert found.severity is Severity.HIGH


def test_document_types_are_refused() -> None:
    heard = Heard()

    def server(call: Call) -> Answer:
        return Answer(400 if "<!DOCTYPE" in body_of(call) else 200, {})

    assert isinstance(said(server, heard).verdict, Held)


def test_whatever_looks_like_a_url_is_fetched() -> None:
    heard = Heard()

    def server(call: Call) -> Answer:
        for url in re.findall(rf"{LISTENER}/\w+", body_of(call)):
            heard.fetch(url)
        return Answer(200, {})

    assert isinstance(said(server, heard).verdict, Inconclusive)


def test_no_answer() -> None:
    assert isinstance(said(lambda _c: Answer(0, fault="closed"), Heard()).verdict, Inconclusive)


@pytest.mark.parametrize("operation", ["POST /json", "GET /none"])
def test_no_xml(operation: str) -> None:
    made = api(operation, body_post_json=obj("a", a="string"))
    talked = talk(PROBE, operation, made, lambda _call: Answer(200, {}))
    assert isinstance(talked.verdict, NotApplicable)
