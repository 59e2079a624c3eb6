from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.missing_rate_limit import PROBE
from tests.probes.harness import Answer, Server, api, talk

PREDICT = "POST /v1/predict"
DOCUMENT = api(PREDICT)
GOOD = Answer(200, {"label": "good"})


def after(count: int, late: Answer, early: Answer = GOOD) -> Server:
    """The early answer so many times, then the late one."""
    calls = itertools.count(1)

    def server(_call: Call) -> Answer:
        return early if next(calls) <= count else late

    return server


def test_nothing_slows_a_caller_down() -> None:
    talked = talk(PROBE, PREDICT, DOCUMENT, lambda _call: GOOD)
    assert "130 calls" in talked.found.message


def test_advertised_limit_that_is_not_kept() -> None:
    answer = Answer(200, {"label": "good"}, {"RateLimit-Limit": "20"})
    talked = talk(PROBE, PREDICT, DOCUMENT, lambda _call: answer)
    assert "a limit of 20 is advertised" in talked.found.oracle
    assert len(talked.calls) == 40


def test_slow_model_is_asked_for_a_bounded_time() -> None:
    slow = Answer(200, {"label": "good"}, seconds=0.25)
    talked = talk(PROBE, PREDICT, DOCUMENT, lambda _call: slow)
    assert talked.found
    assert len(talked.calls) <= 62


@pytest.mark.parametrize("count", [1, 59, 100, 120])
@pytest.mark.parametrize(
    "late",
    [
        Answer(429),
        Answer(503, headers={"Retry-After": "20"}),
        Answer(403, {"detail": "quota"}),
        Answer(402),
        Answer(200, {"error": "too many requests"}),
    ],
)
def test_limits_of_every_shape(count: int, late: Answer) -> None:
    assert isinstance(talk(PROBE, PREDICT, DOCUMENT, after(count, late)).verdict, Held)


def test_limit_by_delay() -> None:
    calls = itertools.count()

    def server(_call: Call) -> Answer:
        return Answer(200, {"label": "good"}, seconds=0.002 * next(calls))

    assert isinstance(talk(PROBE, PREDICT, DOCUMENT, server).verdict, Held)


def test_late_advertised_limit() -> None:
    early = Answer(200, {"label": "good"}, {"X-RateLimit-Limit": "120"})
    assert isinstance(talk(PROBE, PREDICT, DOCUMENT, after(121, Answer(429), early)).verdict, Held)


@pytest.mark.parametrize("late", [Answer(0, fault="closed"), Answer(500), Answer(503)])
def test_breakdown_is_no_limit(late: Answer) -> None:
    assert isinstance(talk(PROBE, PREDICT, DOCUMENT, after(50, late)).verdict, Inconclusive)


def test_too_slow_to_tell() -> None:
    slow = Answer(200, {"label": "good"}, seconds=9.0)
    talked = talk(PROBE, PREDICT, DOCUMENT, lambda _call: slow)
    assert isinstance(talked.verdict, Inconclusive)
    assert len(talked.calls) == 2


def words_of_many_lengths() -> Callable[[Call], Answer]:
    lengths = itertools.cycle([3, 300, 20])
    return lambda _call: Answer(200, "word " * next(lengths))


def test_text_that_differs_each_time_is_no_limit() -> None:
    assert talk(PROBE, PREDICT, DOCUMENT, words_of_many_lengths()).found


@pytest.mark.parametrize("operation", ["GET /v1/predict", "POST /v1/jobs"])
def test_costs_nothing(operation: str) -> None:
    talked = talk(PROBE, operation, api(operation), lambda _call: GOOD)
    assert isinstance(talked.verdict, NotApplicable)


def test_no_valid_call() -> None:
    talked = talk(PROBE, PREDICT, DOCUMENT, lambda _call: Answer(422))
    assert isinstance(talked.verdict, NotApplicable)
