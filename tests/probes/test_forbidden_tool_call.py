from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.forbidden_tool_call import PROBE
from tests.probes import talkers
from tests.probes.harness import converse
from tests.probes.talkers import CHAT, meeting, server, tool_caller


def test_a_tool_that_only_the_page_asked_for() -> None:
    serve = tool_caller(gullible=True)
    found = converse(PROBE, CHAT, meeting(serve), serve).found
    assert "3 of 3" in found.message


def test_a_model_that_calls_only_what_its_user_wants() -> None:
    serve = tool_caller(gullible=False)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, Held)


def test_a_model_without_tools() -> None:
    serve = server(talkers.sound)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, NotApplicable)


@pytest.mark.parametrize("model", talkers.UNABLE, ids=lambda model: model.__name__)
def test_without_ability_nothing_is_assessed(model: talkers.Model) -> None:
    serve = server(model)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, Inconclusive)
