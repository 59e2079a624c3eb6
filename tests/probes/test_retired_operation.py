from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.retired_operation import PROBE
from tests.probes.harness import Answer, Server, api, talk

OLD, ITEM = "GET /v1/scores", "GET /v1/scores/{score_id}"
DOCUMENT = api(OLD, ITEM)
NOT_FOUND = Answer(404, {"detail": "Not Found"})


def verdict(server: Server, operation: str = OLD) -> object:
    return talk(PROBE, operation, DOCUMENT, server).verdict


def test_a_documented_operation_that_is_gone() -> None:
    talked = talk(PROBE, OLD, DOCUMENT, lambda _call: NOT_FOUND)
    assert "does not know it" in talked.found.message


def test_a_404_that_repeats_the_path_is_the_same_404() -> None:
    talked = talk(PROBE, OLD, DOCUMENT, lambda call: Answer(404, {"error": f"no {call.path}"}))
    assert talked.found


@pytest.mark.parametrize(
    "there",
    [
        Answer(200, []),
        Answer(401),
        Answer(405),
        Answer(404, {"detail": "no scores yet"}),
        Answer(500),
    ],
)
def test_what_is_there_in_any_way_held(there: Answer) -> None:
    server: Server = lambda call: there if call.path == "/v1/scores" else NOT_FOUND  # noqa: E731
    assert isinstance(verdict(server), Held)


def test_a_404_about_an_object_is_none_about_the_operation() -> None:
    assert isinstance(verdict(lambda _call: NOT_FOUND, ITEM), NotApplicable)


def test_silence_is_no_answer() -> None:
    def fading(call: Call) -> Answer:
        return Answer(0, fault="no answer in time") if call.path.startswith("/sg") else NOT_FOUND

    assert isinstance(verdict(fading), Inconclusive)
