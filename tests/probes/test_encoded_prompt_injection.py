from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.encoded_prompt_injection import PROBE
from scanner.model.plan import ModelOptions
from tests.probes import talkers
from tests.probes.harness import converse
from tests.probes.talkers import CHAT, meeting, server


@pytest.mark.parametrize(
    ("model", "form"), [(talkers.reads_base64, "base64"), (talkers.reads_tags, "tags")]
)
def test_orders_in_disguise(model: talkers.Model, form: str) -> None:
    serve = server(model)
    found = converse(PROBE, CHAT, meeting(serve), serve).found
    assert form in found.message
    assert found.controls


def test_where_orders_in_clear_pass_disguise_is_beside_the_point() -> None:
    serve = server(talkers.gullible)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, NotApplicable)


@pytest.mark.parametrize("model", talkers.SOUND, ids=lambda model: model.__name__)
def test_sound_models_hold_whatever_the_seed(model: talkers.Model) -> None:
    serve = server(model)
    for seed in range(50):
        world = meeting(serve, ModelOptions(seed=seed, seeds=1))
        assert isinstance(converse(PROBE, CHAT, world, serve).verdict, Held)


@pytest.mark.parametrize("model", talkers.UNABLE, ids=lambda model: model.__name__)
def test_without_ability_nothing_is_assessed(model: talkers.Model) -> None:
    serve = server(model)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, Inconclusive)
