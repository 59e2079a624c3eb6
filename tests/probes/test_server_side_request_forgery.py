from __future__ import annotations

from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.listener import word_of
from scanner.engines.dast.probes.server_side_request_forgery import PROBE
from scanner.model.severity import Confidence, Severity
from tests.probes.harness import LISTENER, Answer, Heard, api, obj, talk, who

IMPORT = "POST /import"
DOCUMENT = api(IMPORT, body_post_import=obj("source_url", source_url="string", note="string"))


def fetching(call: Call, heard: Heard, *, read: bool = False, users: bool = True) -> Answer:
    if who(call) is None or (who(call) != "root" and not users):
        return Answer(403)
    url = call.json_body["source_url"]
    heard.fetch(url)
    text = word_of(url.rsplit("/", 1)[-1]) if read else "done"
    return Answer(200, {"card": text, "url": url})


@pytest.mark.parametrize(
    ("read", "users", "severity"),
    [
        (False, True, Severity.HIGH),
        (True, True, Severity.CRITICAL),
        (True, False, Severity.MEDIUM),
        (False, False, Severity.MEDIUM),
    ],
)
def test_fetches_what_is_named(read: bool, users: bool, severity: Severity) -> None:
    heard = Heard()
    found = talk(
        PROBE,
        IMPORT,
        DOCUMENT,
        lambda call: fetching(call, heard, read=read, users=users),
        heard=heard,
    ).found
    assert found.parameter == "source_url"
    assert found.severity is severity
    assert found.confidence in (None, Confidence.PROVEN)
    assert found.controls


def test_url_that_is_only_repeated_was_not_read() -> None:
    heard = Heard()
    found = talk(PROBE, IMPORT, DOCUMENT, lambda call: fetching(call, heard), heard=heard).found
    assert found.severity is Severity.HIGH


@pytest.mark.parametrize("spelling", ["localhost", "2130706433", "[::ffff:127.0.0.1]", "@127"])
def test_filter_that_a_spelling_slips_through(spelling: str) -> None:
    heard = Heard()

    def server(call: Call) -> Answer:
        url = call.json_body["source_url"]
        if spelling not in url:
            return Answer(422, {"detail": "not on the list"})
        heard.fetch("/" + url.rsplit("/", 1)[-1])
        return Answer(200, {"ok": True})

    assert talk(PROBE, IMPORT, DOCUMENT, server, heard=heard).found


def test_fetches_after_it_has_answered() -> None:
    heard, waiting = Heard(), []

    def server(call: Call) -> Answer:
        for url in waiting:
            heard.fetch(url)
        waiting.append(call.json_body["source_url"])
        return Answer(202, {"queued": True})

    assert talk(PROBE, IMPORT, DOCUMENT, server, heard=heard).found


def test_image_in_a_chat_message() -> None:
    chat = "POST /v1/chat/completions"
    message = obj("role", "content", role="string", content="string")
    document = api(
        chat,
        body_post_v1_chat_completions=obj("messages", messages={"type": "array", "items": message}),
    )
    heard = Heard()

    def server(call: Call) -> Answer:
        content = call.json_body["messages"][0]["content"]
        if isinstance(content, list):
            heard.fetch(content[1]["image_url"]["url"])
        return Answer(200, {"choices": []})

    found = talk(PROBE, chat, document, server, heard=heard).found
    assert found.parameter == "messages[0].content[1].image_url.url"


@pytest.mark.parametrize(
    ("document", "parameter"),
    [
        (
            api(
                "GET /fetch",
                parameters_get_fetch=[
                    {"name": "imageUrl", "in": "query", "schema": {"type": "string"}}
                ],
            ),
            "imageUrl",
        ),
        (
            api(
                "GET /fetch",
                parameters_get_fetch=[
                    {"name": "from", "in": "query", "schema": {"type": "string", "format": "uri"}}
                ],
            ),
            "from",
        ),
    ],
)
def test_query_parameter(document: dict[str, Any], parameter: str) -> None:
    heard = Heard()

    def server(call: Call) -> Answer:
        for _, url in [pair for pair in call.query if pair[0] == parameter]:
            heard.fetch(url)
        return Answer(200, {"ok": True})

    assert talk(PROBE, "GET /fetch", document, server, heard=heard).found.parameter == parameter


def test_optional_nested_member() -> None:
    inner = obj("webhook_url", "event", webhook_url="string", event="string")
    document = api("POST /jobs", body_post_jobs=obj("text", text="string", notify=inner))
    heard = Heard()

    def server(call: Call) -> Answer:
        notify = call.json_body.get("notify") or {}
        if "event" in notify and notify["webhook_url"].startswith(LISTENER):
            heard.fetch(notify["webhook_url"])
        return Answer(201, {"id": "1"})

    found = talk(PROBE, "POST /jobs", document, server, heard=heard).found
    assert found.parameter == "notify.webhook_url"


def test_allow_list_holds() -> None:
    talked = talk(PROBE, IMPORT, DOCUMENT, lambda _call: Answer(422, {"detail": "not allowed"}))
    assert isinstance(talked.verdict, Held)
    assert len(talked.calls) <= 6


def test_echo_fetches_nothing() -> None:
    talked = talk(PROBE, IMPORT, DOCUMENT, lambda call: Answer(200, call.json_body))
    assert isinstance(talked.verdict, Held)


def test_proxy_that_fetches_every_url_is_not_understood() -> None:
    heard = Heard()

    def server(call: Call) -> Answer:
        for url in (call.json_body["source_url"], *(value for _, value in call.query)):
            heard.fetch(url)
        return Answer(200, {"ok": True})

    assert isinstance(talk(PROBE, IMPORT, DOCUMENT, server, heard=heard).verdict, Inconclusive)


def test_no_answer() -> None:
    talked = talk(PROBE, IMPORT, DOCUMENT, lambda _call: Answer(0, fault="no answer in time"))
    assert talked.verdict == Inconclusive("no answer in time")


@pytest.mark.parametrize(
    "body", [obj("text", text="string"), obj("source", source={"type": "string", "enum": ["hub"]})]
)
def test_nothing_takes_a_url(body: dict[str, Any]) -> None:
    talked = talk(PROBE, IMPORT, api(IMPORT, body_post_import=body), lambda _call: Answer(200, {}))
    assert isinstance(talked.verdict, NotApplicable)


def test_operation_that_nobody_may_call() -> None:
    talked = talk(PROBE, IMPORT, DOCUMENT, lambda _call: Answer(403))
    assert isinstance(talked.verdict, NotApplicable)
