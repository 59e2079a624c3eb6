from __future__ import annotations

import pytest

from scanner.engines.dast.conversation import Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.unsafe_model_output import PROBE
from scanner.model.severity import Severity
from tests.probes import talkers
from tests.probes.harness import converse
from tests.probes.talkers import CHAT, meeting, server, written_as


@pytest.mark.parametrize(
    ("kind", "severity"),
    [
        ("text/html; charset=utf-8", Severity.HIGH),
        ("text/plain", Severity.MEDIUM),
        ("text/csv", Severity.MEDIUM),
    ],
)
def test_active_content_under_a_type_that_acts(kind: str, severity: Severity) -> None:
    serve = written_as(kind, talkers.writes_markup)
    assert converse(PROBE, CHAT, meeting(serve), serve).found.severity is severity


@pytest.mark.parametrize("kind", ["text/html", "text/plain"])
def test_what_is_escaped_holds(kind: str) -> None:
    serve = written_as(kind, talkers.writes_escaped)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, Held)


def test_markup_in_json_is_data() -> None:
    serve = written_as("application/json", talkers.writes_markup)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, NotApplicable)


def test_quoting_the_request_is_no_markup() -> None:
    serve = written_as("text/html", talkers.sound_and_quoting)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, Held)


@pytest.mark.parametrize("model", talkers.UNABLE, ids=lambda model: model.__name__)
def test_without_ability_nothing_is_assessed(model: talkers.Model) -> None:
    serve = server(model)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, Inconclusive)
