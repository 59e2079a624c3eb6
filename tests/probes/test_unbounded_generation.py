from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import Held, Inconclusive
from scanner.engines.dast.probes.unbounded_generation import PROBE
from tests.probes import talkers
from tests.probes.harness import converse
from tests.probes.talkers import CHAT, counting, meeting, server


@pytest.mark.parametrize("field", ["n", "best_of"])
def test_as_many_answers_as_one_likes(field: str) -> None:
    serve = counting(1000, field)
    found = converse(PROBE, CHAT, meeting(serve), serve).found
    assert found.parameter == field


@pytest.mark.parametrize("field", ["n", "best_of"])
def test_a_bound_holds(field: str) -> None:
    serve = counting(4, field)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, Held)


def test_a_server_that_does_not_know_the_field() -> None:
    serve = server(talkers.sound)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, Held)


@pytest.mark.parametrize("model", talkers.UNABLE, ids=lambda model: model.__name__)
def test_without_ability_nothing_is_assessed(model: talkers.Model) -> None:
    serve = server(model)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, Inconclusive)
