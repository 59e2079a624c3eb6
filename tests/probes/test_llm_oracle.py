"""The oracle and the ways of talking, apart from any probe."""

from __future__ import annotations

import base64
import codecs
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.engines._rates import Rate
from scanner.engines.dast.llm.answers import answer_text, tool_calls
from scanner.engines.dast.llm.canary import holds, make_canary, views
from scanner.engines.dast.llm.chat import meet
from scanner.engines.dast.llm.encodings import ENCODERS
from scanner.engines.dast.llm.prompts import techniques
from scanner.model.plan import ChatTemplate, ModelOptions
from tests.probes import talkers
from tests.probes.harness import Answer, api, obj, reply_to, survey
from tests.probes.talkers import CHAT, meeting, server


@given(st.integers())
def test_the_token_stands_in_no_view_of_the_request(seed: int) -> None:
    canary = make_canary(random.Random(seed))
    for view in views(canary.task):
        for text in (view, "".join(view.split()), "".join(c for c in view if c.isalnum())):
            assert canary.token.casefold() not in text.casefold()


def test_the_same_seed_makes_the_same_work() -> None:
    assert make_canary(random.Random(7)) == make_canary(random.Random(7))
    assert make_canary(random.Random(7)) != make_canary(random.Random(8))


@pytest.mark.parametrize(
    "written",
    [
        "bavokelu",
        "BavoKelu",
        "**bavo**kelu",
        "b\u200ba\u200bv\u200bo\u200bk\u200be\u200bl\u200bu",
        "ulekovab",
        codecs.encode("bavokelu", "rot13"),
        base64.b64encode(b"the word is bavokelu").decode(),
        base64.urlsafe_b64encode(b"bavokelu").decode().rstrip("="),
        b"bavokelu".hex(),
        "62 61 76 6f 6b 65 6c 75",
        ENCODERS["tags"]("bavokelu"),
    ],
)
def test_every_way_of_writing_the_token_is_seen(written: str) -> None:
    assert holds(f"Here it is: {written}", "bavokelu")


@pytest.mark.parametrize("text", ["bavo kelu", "kelubavo", "", "bavo, then kelu", "YmF2bw=="])
def test_what_is_not_joined_is_not_taken_for_it(text: str) -> None:
    assert not holds(text, "bavokelu")


@given(st.text())
def test_no_text_breaks_the_oracle(text: str) -> None:
    assert holds(text + "bavokelu", "bavokelu")


@pytest.mark.parametrize(
    ("rate", "low", "high"), [(Rate(3, 3), 0.43, 1.0), (Rate(0, 3), 0.0, 0.57), (Rate(0, 0), 0, 1)]
)
def test_interval(rate: Rate, low: float, high: float) -> None:
    assert rate.interval() == pytest.approx((low, high), abs=0.02)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"choices": [{"message": {"content": "hi"}}]}, "application/json"),
        ({"choices": [{"text": "hi"}]}, "application/json"),
        ({"output": [{"content": [{"type": "output_text", "text": "hi"}]}]}, "application/json"),
        ({"content": [{"type": "text", "text": "hi"}]}, "application/json"),
        ({"message": {"content": "hi"}, "done": True}, "application/json"),
        ({"response": "hi"}, "application/json"),
        ([{"generated_text": "hi"}], "application/json"),
        ({"generated_text": "hi"}, "application/json"),
        ({"text_output": "hi"}, "application/json"),
        ({"outputs": [{"name": "o", "data": ["hi"]}]}, "application/json"),
        ({"answer": "hi", "sources": []}, "application/json"),
        ("hi", "application/json"),
    ],
)
def test_the_words_are_found_in_the_shape_of_every_server(body: Any, kind: str) -> None:
    assert answer_text(json.dumps(body), kind) == "hi"


def test_streams() -> None:
    events = "".join(
        f"data: {json.dumps({'choices': [{'delta': {'content': part}}]})}\n\n" for part in "hello"
    )
    assert answer_text(events + "data: [DONE]\n\n", "text/event-stream") == "hello"
    lines = "\n".join(json.dumps({"response": part}) for part in "hello")
    assert answer_text(lines, "application/x-ndjson") == "hello"
    assert answer_text("data: hel\n\ndata: lo\n\n", "text/event-stream") == "hello"
    assert answer_text("hello", "text/plain") == "hello"


@given(st.text())
def test_no_body_breaks_the_reader(body: str) -> None:
    for kind in ("application/json", "text/event-stream", "text/plain"):
        answer_text(body, kind)
        tool_calls(body)


@pytest.mark.parametrize(
    "name", ["injection", "indirect", "disclosure", "encodings", "exfiltration"]
)
def test_wordings_are_ours_to_fill(name: str) -> None:
    for technique in techniques(name):
        for turn in technique.filled({"task": "TASK", "document": "DOCUMENT"}):
            assert turn.text.strip()
            assert "{task}" not in turn.text


@pytest.mark.parametrize("model", talkers.UNABLE, ids=lambda model: model.__name__)
def test_a_model_that_does_no_work_is_not_able(model: talkers.Model) -> None:
    chat = meeting(server(model)).chats[CHAT]
    assert not chat.able
    assert chat.why


def test_an_able_model_is_met_also_through_a_stream() -> None:
    for stream in (False, True):
        assert meeting(server(talkers.sound, stream=stream)).chats[CHAT].able


def met(document: dict[str, Any], answer: Any, **options: Any) -> dict[str, Any]:
    def serve(call: Any) -> Answer:
        text = json.dumps(call.json_body, ensure_ascii=False)
        return Answer(body=answer(talkers.joined(text) or "no"))

    world = survey(document, serve)
    found = meet(world, ModelOptions(**options), lambda call: reply_to(call, serve)).chats
    return {name: chat.dialect.manner.value for name, chat in found.items() if chat.able}


def test_shapes_of_requests() -> None:
    text = obj("prompt", prompt="string")
    assert met(api("POST /v1/completions", body_post_v1_completions=text), lambda w: {"text": w})
    assert met(
        api("POST /generate", body_post_generate=obj(inputs="string")),
        lambda w: [{"generated_text": w}],
    )
    assert met(api("POST /ask", body_post_ask=obj(question="string")), lambda w: {"answer": w})
    responses = obj("input", input="string")
    found = met(api("POST /v1/responses", body_post_v1_responses=responses), lambda w: w)
    assert found == {"POST /v1/responses": "input items"}


def test_an_operation_without_a_model_is_none() -> None:
    classify = api("POST /predict", body_post_predict=obj(text="string"))
    assert not met(classify, lambda _: {"label": "good"})
    query = api("POST /query", body_post_query=obj(query="string"))
    assert not met(query, lambda _: {"rows": []})
    embed = api("POST /v1/embeddings", body_post_v1_embeddings=obj(input="string"))
    assert not met(embed, lambda w: {"text": w})


def test_a_shape_of_ones_own() -> None:
    document = api("POST /odd", body_post_odd=obj(q="string"))
    template = ChatTemplate(operation="POST /odd", request='{"q": {"t": "{prompt}"}}', answer="r.0")
    assert not met(document, lambda w: {"r": [w]})
    assert met(document, lambda w: {"r": [w]}, chats=(template,)) == {"POST /odd": "template"}


def test_what_is_left_out_is_known() -> None:
    three = [f"POST /v{number}/chat/completions" for number in (1, 2, 3)]
    body = obj("messages", messages={"type": "array", "items": {"type": "object"}})
    slugs = {f"body_post_v{number}_chat_completions": body for number in (1, 2, 3)}
    serve = server(talkers.sound)
    world = survey(api(*three, **slugs), serve)
    met = meet(world, ModelOptions(), lambda call: reply_to(call, serve))
    assert sorted(met.chats) == three[:2]
    assert met.spared == (three[2],)


def test_it_can_be_switched_off() -> None:
    assert not meeting(server(talkers.sound), ModelOptions(enabled=False)).chats
