from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import Held, Inconclusive
from scanner.engines.dast.probes.system_prompt_disclosure import PROBE
from scanner.model.plan import ModelOptions
from scanner.model.severity import Confidence, Severity
from tests.probes import talkers
from tests.probes.harness import converse
from tests.probes.talkers import CHAT, meeting, server

PLANTED = ModelOptions(system_canary="quiet-marmalade-seven")


@pytest.mark.parametrize("model", [talkers.leaks, talkers.leaks_in_base64, talkers.gullible])
def test_a_planted_word_is_proof(model: talkers.Model) -> None:
    serve = server(model)
    found = converse(PROBE, CHAT, meeting(serve, PLANTED), serve).found
    assert found.confidence is None
    assert found.severity is Severity.HIGH


def test_without_a_planted_word_it_is_a_suspicion() -> None:
    serve = server(talkers.leaks)
    found = converse(PROBE, CHAT, meeting(serve), serve).found
    assert found.confidence is Confidence.TENTATIVE
    assert len(found.proof) == 2


def always_the_same(turns: talkers.Turns) -> str:
    refusal = (
        "I'm sorry, I can't share my instructions. You are welcome to ask me about maps, letters "
        "and church books, and I always try to help as well as I can."
    )
    return talkers.plainly(turns) or refusal


def introduces_itself(turns: talkers.Turns) -> str:
    words = (
        "You are talking to the assistant of the town archive; your questions about maps, letters "
        "and church books are always welcome here."
    )
    return talkers.plainly(turns) or words


def refuses_in_the_same_words(turns: talkers.Turns) -> str:
    asked = talkers.last(turns)
    if asked.startswith("In one sentence"):
        return "I know the maps of the archive."
    return talkers.plainly(turns) or (
        "I'm sorry, but I can't share that. You are welcome to ask me about maps, letters and "
        "church books, and I always try to help as well as I can with those, whoever asks."
    )


@pytest.mark.parametrize(
    "model",
    [*talkers.SOUND, refuses_in_the_same_words, always_the_same, introduces_itself],
    ids=lambda model: model.__name__,
)
def test_sound_models_hold_with_and_without_a_planted_word(model: talkers.Model) -> None:
    serve = server(model)
    for options in (PLANTED, ModelOptions()):
        verdict = converse(PROBE, CHAT, meeting(serve, options), serve).verdict
        assert isinstance(verdict, Held)


@pytest.mark.parametrize("model", talkers.UNABLE, ids=lambda model: model.__name__)
def test_without_ability_nothing_is_assessed(model: talkers.Model) -> None:
    serve = server(model)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, Inconclusive)
