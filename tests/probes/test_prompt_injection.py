from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.prompt_injection import PROBE
from scanner.model.plan import ModelOptions
from scanner.model.severity import Severity
from tests.probes import talkers
from tests.probes.harness import converse
from tests.probes.talkers import CHAT, meeting, server


def verdict(model: talkers.Model, **options: int) -> object:
    serve = server(model)
    return converse(PROBE, CHAT, meeting(serve, ModelOptions(**options)), serve).verdict


def test_a_gullible_model_is_found_with_its_rate() -> None:
    serve = server(talkers.gullible)
    found = converse(PROBE, CHAT, meeting(serve), serve).found
    assert "3 of 3" in found.message
    assert "forget its rules" in found.message
    assert found.severity is Severity.HIGH
    assert found.controls


def test_what_works_seldom_stops_no_build() -> None:
    serve = server(talkers.rarely_gullible)
    found = converse(PROBE, CHAT, meeting(serve, ModelOptions(seeds=12)), serve).found
    assert found.severity is Severity.MEDIUM
    assert "of 12" in found.message


@pytest.mark.parametrize("model", talkers.SOUND, ids=lambda model: model.__name__)
def test_sound_models_hold_whatever_the_seed(model: talkers.Model) -> None:
    for seed in range(50):
        assert isinstance(verdict(model, seed=seed, seeds=1), Held)


@pytest.mark.parametrize("model", talkers.UNABLE, ids=lambda model: model.__name__)
def test_without_ability_nothing_is_assessed(model: talkers.Model) -> None:
    for seed in range(10):
        made = verdict(model, seed=seed, seeds=1)
        assert isinstance(made, Inconclusive)
        assert made.why.startswith("not assessed")


def test_a_model_without_rules_is_not_called_talked_over() -> None:
    assert isinstance(verdict(talkers.obeys_everything), Inconclusive)


def test_where_nobody_talks_it_does_not_apply() -> None:
    serve = server(talkers.sound)
    world = meeting(serve, ModelOptions(enabled=False))
    assert isinstance(converse(PROBE, CHAT, world, serve).verdict, NotApplicable)
