"""Injected text may do anything: it is never tried on what destroys, even where that is allowed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from scanner.engines.dast.conversation import NotApplicable, Probe
from scanner.engines.dast.probes import (
    code_evaluation,
    command_injection,
    external_entity,
    header_injection,
    nosql_injection,
    path_traversal,
    sql_injection,
    template_injection,
)
from tests.probes.harness import Answer, api, converse, obj, reply_to, survey

RESET = "POST /search/reset"
INJECTIONS = (
    code_evaluation,
    command_injection,
    external_entity,
    header_injection,
    nosql_injection,
    path_traversal,
    sql_injection,
    template_injection,
)


@pytest.mark.parametrize("probe", [one.PROBE for one in INJECTIONS], ids=lambda one: one.rule.id)
@pytest.mark.parametrize("media", ["application/json", "application/xml"])
def test_destructive_operation_is_left_alone(probe: Probe, media: str) -> None:
    body = obj("host", "file", "expression", host="string", file="string", expression="string")
    document = api(RESET)
    operation = document["paths"]["/search/reset"]["post"]
    operation["requestBody"] = {"content": {media: {"schema": body}}}
    world = survey(document, lambda _call: Answer(200, {}))
    (asked,) = world.operations
    valid = reply_to(world.build(asked, "alice", "valid"), lambda _call: Answer(200, {}))
    allowed = replace(world, allow_destructive=True, baselines={RESET: valid})
    talked = converse(probe, RESET, allowed, lambda _call: Answer(200, {}))
    assert isinstance(talked.verdict, NotApplicable)
    assert not talked.calls
