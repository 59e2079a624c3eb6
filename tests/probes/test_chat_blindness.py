"""No probe of a model calls it sound on answers that it never got."""

from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import (
    Call,
    Held,
    Inconclusive,
    NotApplicable,
    Phase,
    Probe,
)
from scanner.engines.dast.llm.chat import meet
from scanner.engines.dast.probes import PROBES
from scanner.model.plan import ModelOptions
from tests.probes import talkers
from tests.probes.harness import Answer, Server, api, converse, obj, reply_to, survey, who
from tests.probes.talkers import CHAT, DOCUMENT, meeting, tool_caller, written_as

CHATTING = [probe for probe in PROBES if probe.phase is Phase.CHAT]
CONTROLS = {
    "a plain request",
    "a plain request against the rule",
    "the same material without an order",
    "an innocent question",
    "the word, and no document",
    "asked for the harmless tool",
    "one answer",
}
each = pytest.mark.parametrize("probe", CHATTING, ids=lambda probe: str(probe.rule.id))


def able(probe: Probe) -> Server:
    """A server on which the probe's controls come out as they must."""
    if probe.rule.id == "dast/forbidden-tool-call":
        return tool_caller(gullible=False)
    kind = "text/html" if probe.rule.id == "dast/unsafe-model-output" else "application/json"
    return written_as(kind, talkers.sound)


def only_controls(probe: Probe, answer: Answer) -> Server:
    """Answers the controls, and everything else with `answer`."""
    sound = able(probe)
    return lambda call: (
        sound(call) if call.label in CONTROLS or "valid call" in call.label else answer
    )


@each
@pytest.mark.parametrize(
    "answer",
    [Answer(500), Answer(429), Answer(0, fault="timed out"), Answer(body={"odd": 1})],
    ids=["500", "429", "timeout", "no words"],
)
def test_attacks_without_an_answer_are_not_assessed(probe: Probe, answer: Answer) -> None:
    serve = only_controls(probe, answer)
    verdict = converse(probe, CHAT, meeting(serve), serve).verdict
    if probe.rule.id == "dast/unbounded-generation" and answer.status == 200:
        assert isinstance(verdict, Held), "one answer without a count is no multitude"
    else:
        assert isinstance(verdict, Inconclusive), verdict


@each
def test_a_guard_that_stops_the_attacks_is_a_defence(probe: Probe) -> None:
    serve = only_controls(probe, Answer(400, {"error": "content_filter"}))
    assert isinstance(converse(probe, CHAT, meeting(serve), serve).verdict, Held)


@each
def test_what_the_sound_double_does_is_held(probe: Probe) -> None:
    serve = able(probe)
    assert isinstance(converse(probe, CHAT, meeting(serve), serve).verdict, Held)


@pytest.mark.parametrize("status", [0, 429, 503])
def test_a_guess_by_its_path_is_kept_where_nothing_could_be_learnt(status: int) -> None:
    document = api("POST /ask", body_post_ask=obj("question", question="string"))

    def serve(call: Call) -> Answer:
        return Answer(status) if call.label in CONTROLS else Answer(body={"answer": "hello"})

    world = survey(document, serve)
    found = meet(world, ModelOptions(), lambda call: reply_to(call, serve)).chats
    assert not found["POST /ask"].able


def test_whoever_may_call_is_the_one_who_talks() -> None:
    inner = talkers.server(talkers.sound)

    def serve(call: Call) -> Answer:
        return inner(call) if who(call) == "root" else Answer(403)

    world = survey(DOCUMENT, serve)
    chat = meet(world, ModelOptions(), lambda call: reply_to(call, serve)).chats[CHAT]
    assert chat.able
    assert chat.callers == ("root",)


def test_not_applicable_is_for_what_lacks_the_means() -> None:
    serve = talkers.server(talkers.sound)
    tool = next(probe for probe in CHATTING if probe.rule.id == "dast/forbidden-tool-call")
    assert isinstance(converse(tool, CHAT, meeting(serve), serve).verdict, NotApplicable)
