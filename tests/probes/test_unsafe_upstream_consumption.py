from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.listener import word_of
from scanner.engines.dast.probes.unsafe_upstream_consumption import PROBE
from scanner.model.severity import Confidence
from tests.probes.harness import Answer, Heard, api, obj, talk

IMPORT = "POST /import"
DOCUMENT = api(IMPORT, body_post_import=obj("source_url", source_url="string"))


def importing(call: Call, heard: Heard, *, follows: bool, careful: bool) -> Answer:
    url = call.json_body["source_url"]
    heard.fetch(url)
    nonce = url.rsplit("/", 1)[-1]
    if "/redirect/" in url:
        if not follows:
            return Answer(422, {"detail": "the source redirects"})
        heard.fetch(f"/followed/{nonce}")
    if careful and "/malformed/" in url:
        return Answer(422, {"detail": "the source is no card"})
    return Answer(200, {"card": word_of(nonce), "url": url})


@pytest.mark.parametrize(
    ("follows", "careful", "confidence"),
    [
        (True, True, Confidence.PROVEN),
        (True, False, Confidence.PROVEN),
        (False, False, Confidence.FIRM),
    ],
)
def test_trusts_the_other_server(follows: bool, careful: bool, confidence: Confidence) -> None:
    heard = Heard()
    found = talk(
        PROBE,
        IMPORT,
        DOCUMENT,
        lambda call: importing(call, heard, follows=follows, careful=careful),
        heard=heard,
    ).found
    assert found.confidence is confidence
    assert found.parameter == "source_url"
    assert found.controls


def test_reads_what_it_fetches() -> None:
    heard = Heard()
    talked = talk(
        PROBE,
        IMPORT,
        DOCUMENT,
        lambda call: importing(call, heard, follows=False, careful=True),
        heard=heard,
    )
    assert isinstance(talked.verdict, Held)


def test_webhook_that_ignores_the_answer() -> None:
    heard = Heard()

    def server(call: Call) -> Answer:
        heard.fetch(call.json_body["source_url"])
        return Answer(200, {"registered": call.json_body["source_url"]})

    assert isinstance(talk(PROBE, IMPORT, DOCUMENT, server, heard=heard).verdict, Held)


@pytest.mark.parametrize("answer", [Answer(200, {"ok": True}), Answer(422), Answer(403)])
def test_fetches_nothing(answer: Answer) -> None:
    talked = talk(PROBE, IMPORT, DOCUMENT, lambda _call: answer)
    assert isinstance(talked.verdict, NotApplicable)
