"""Model servers without a specification are known by what only they answer."""

from __future__ import annotations

import pytest

from scanner.engines._endpoint.shapes import recognise
from scanner.engines._endpoint.spec import parse_spec
from scanner.engines.dast.survey import Builder

ANSWERS: dict[str, tuple[dict[str, object], str, str]] = {
    "OpenAI-compatible": (
        {"/v1/models": {"object": "list", "data": [{"id": "tiny-7b"}]}},
        "POST /v1/chat/completions",
        "tiny-7b",
    ),
    "Ollama": ({"/api/tags": {"models": [{"name": "phi:latest"}]}}, "POST /api/chat", "phi:latest"),
    "Open Inference": (
        {"/v2": {"name": "triton", "version": "2", "extensions": ["health"]}},
        "POST /v2/models/{model_name}/infer",
        "input-0",
    ),
    "Text Generation": ({"/info": {"model_id": "x/y"}}, "POST /generate", "max_new_tokens"),
    "TorchServe": ({"/ping": {"status": "Healthy"}}, "POST /predictions/{model_name}", "data"),
    "MLflow": ({"/version": "2.9.2"}, "POST /invocations", "inputs"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_shape_is_recognised_and_every_operation_can_be_called(name: str) -> None:
    answers, wanted, word = ANSWERS[name]
    found = recognise(answers.get)
    assert found is not None
    assert name in found[0]
    api = parse_spec(found[1], found[0])
    calls = {str(op): Builder(api, "", {}).call(op, None, "x") for op in api.operations}
    assert word in str(calls[wanted].json_body)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [],
        {"data": "x"},
        {"models": {}},
        {"status": "ok"},
        "ok",
        "<html>",
        "1",
        {"extensions": 3},
    ],
)
def test_other_answers_are_no_shape(answer: object) -> None:
    assert recognise(lambda _path: answer) is None


def test_a_server_of_two_shapes_has_the_operations_of_both() -> None:
    answers = {**ANSWERS["OpenAI-compatible"][0], **ANSWERS["Ollama"][0]}
    found = recognise(answers.get)
    assert found is not None
    paths = {op.path for op in parse_spec(found[1], found[0]).operations}
    assert {"/v1/chat/completions", "/api/chat"} <= paths
