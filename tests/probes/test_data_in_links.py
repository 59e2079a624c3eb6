from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import Held, Inconclusive
from scanner.engines.dast.probes.data_in_links import PROBE
from scanner.model.plan import ModelOptions
from tests.probes import talkers
from tests.probes.harness import converse
from tests.probes.talkers import CHAT, meeting, server


def test_the_users_word_in_an_address() -> None:
    serve = server(talkers.writes_links)
    found = converse(PROBE, CHAT, meeting(serve), serve).found
    assert "3 of 3" in found.message
    assert ".invalid" in str(found.proof[-1].call.json_body)


@pytest.mark.parametrize(
    "model", [*talkers.SOUND, talkers.quotes_links], ids=lambda model: model.__name__
)
def test_sound_models_hold_whatever_the_seed(model: talkers.Model) -> None:
    serve = server(model)
    for seed in range(50):
        world = meeting(serve, ModelOptions(seed=seed, seeds=1))
        assert isinstance(converse(PROBE, CHAT, world, serve).verdict, Held)


@pytest.mark.parametrize("model", talkers.UNABLE, ids=lambda model: model.__name__)
def test_without_ability_nothing_is_assessed(model: talkers.Model) -> None:
    serve = server(model)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, Inconclusive)
