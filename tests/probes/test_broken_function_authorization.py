from __future__ import annotations

from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.broken_function_authorization import PROBE
from scanner.model.severity import Confidence
from tests.probes.harness import ALICE, BOB, Answer, api, talk, who

AUDIT = "GET /v1/admin/audit"
EVENTS = [{"actor": "alice", "action": f"event {n}"} for n in range(6)]


def audit(call: Call, *, allowed: tuple[str | None, ...]) -> Answer:
    if who(call) not in allowed:
        return Answer(403 if who(call) else 401, {"detail": "no"})
    return Answer(200, {"entries": EVENTS})


def test_user_reads_the_audit_trail() -> None:
    found = talk(
        PROBE, AUDIT, api(AUDIT), lambda call: audit(call, allowed=("alice", "bob", "root"))
    ).found
    assert found.confidence is Confidence.PROVEN
    assert [one.status for one in found.controls] == [401]
    assert [one.call.identity for one in found.proof] == ["root", "alice"]


def test_trail_that_grows_while_it_is_read() -> None:
    events = list(EVENTS)

    def server(call: Call) -> Answer:
        if who(call) is None:
            return Answer(401)
        events.append({"actor": str(who(call)), "action": f"read {len(events)}"})
        return Answer(200, {"entries": list(events)})

    assert talk(PROBE, AUDIT, api(AUDIT), server).found


def test_without_an_administrator_it_is_a_guess() -> None:
    def server(call: Call) -> Answer:
        return audit(call, allowed=("alice", "bob"))

    found = talk(PROBE, AUDIT, api(AUDIT), server, (ALICE, BOB)).found
    assert found.confidence is Confidence.TENTATIVE


def test_write_that_answers_alike_is_not_proven() -> None:
    activate = "POST /v1/admin/models/{name}/activate"

    def server(call: Call) -> Answer:
        return Answer(200, {"active": "base"}) if who(call) else Answer(401)

    assert talk(PROBE, activate, api(activate), server).found.confidence is Confidence.FIRM


@pytest.mark.parametrize("summary", ["Admin only: list tenants", "For administrators"])
def test_summary_tells_who_it_is_for(summary: str) -> None:
    document: dict[str, Any] = api("GET /tenants")
    document["paths"]["/tenants"]["get"]["summary"] = summary

    def server(call: Call) -> Answer:
        return Answer(200, [{"name": "acme"}]) if who(call) else Answer(401)

    assert talk(PROBE, "GET /tenants", document, server).found


def test_user_is_refused() -> None:
    talked = talk(PROBE, AUDIT, api(AUDIT), lambda call: audit(call, allowed=("root",)))
    assert talked.verdict == Held("alice gets 403")


def test_refusal_behind_a_success() -> None:
    def server(call: Call) -> Answer:
        if who(call) == "root":
            return Answer(200, {"entries": EVENTS})
        return Answer(200, {"error": "permission denied"})

    assert isinstance(talk(PROBE, AUDIT, api(AUDIT), server).verdict, Held)


def test_open_to_everyone_is_another_rule() -> None:
    talked = talk(PROBE, AUDIT, api(AUDIT), lambda _call: Answer(200, {"entries": EVENTS}))
    assert isinstance(talked.verdict, Held)


@pytest.mark.parametrize("rows", [[], [{"actor": "alice", "action": "own event"}]])
def test_each_caller_sees_the_own_rows(rows: list[object]) -> None:
    def server(call: Call) -> Answer:
        if who(call) is None:
            return Answer(401)
        return Answer(200, {"entries": EVENTS if who(call) == "root" else rows})

    assert isinstance(talk(PROBE, AUDIT, api(AUDIT), server).verdict, Held)


def test_write_without_content_shows_no_effect() -> None:
    settings = "PUT /v1/admin/settings"

    def server(call: Call) -> Answer:
        return Answer(204) if who(call) else Answer(401)

    assert isinstance(talk(PROBE, settings, api(settings), server).verdict, NotApplicable)


@pytest.mark.parametrize(
    "operation",
    ["GET /v1/models", "GET /admin/health", "DELETE /admin/users/{id}", "GET /badminton"],
)
def test_nothing_to_try(operation: str) -> None:
    talked = talk(PROBE, operation, api(operation), lambda _call: Answer(200, {"models": [1]}))
    assert isinstance(talked.verdict, NotApplicable)
    assert not talked.calls


def test_no_answer() -> None:
    seen: list[Call] = []

    def server(call: Call) -> Answer:
        seen.append(call)
        return Answer(200, {"entries": EVENTS}) if len(seen) == 1 else Answer(0, fault="closed")

    assert talk(PROBE, AUDIT, api(AUDIT), server).verdict == Inconclusive("closed")
