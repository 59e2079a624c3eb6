from __future__ import annotations

from typing import Any

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.exposed_probabilities import PROBE
from tests.probes.harness import Answer, Server, api, obj, talk, who

OPERATION = "POST /v1/classify"
DOCUMENT = api(OPERATION, body_post_v1_classify=obj("text", text="string"))
VECTOR = [0.8123456, 0.1234567, 0.0641977]


def gives(body: Any, *, guarded: bool = False) -> Server:
    def serve(call: Call) -> Answer:
        return Answer(401) if guarded and who(call) is None else Answer(body=body)

    return serve


@pytest.mark.parametrize(
    "body",
    [
        {"scores": VECTOR},
        {"scores": dict(zip("abc", VECTOR, strict=True))},
        {"predictions": [VECTOR, VECTOR]},
        {"logits": [[2.1, -0.3, 0.7]]},
        {"choices": [{"logprobs": {"a": -0.1, "b": -2.4, "c": -5.0}}]},
    ],
)
def test_whole_vectors_for_anybody(body: Any) -> None:
    assert talk(PROBE, OPERATION, DOCUMENT, gives(body)).found.proof


@pytest.mark.parametrize(
    "body",
    [
        {"label": "good", "score": 0.8123456},
        {"scores": [0.8, 0.1, 0.1]},
        {"embedding": [0.0123, -0.2345, 0.9123]},
        {"shares": [0.5, 0.25, 0.25]},
        {"choices": [{"logprobs": None}]},
        {"probabilities": [0.2, 0.8]},
        [1, 0, 0],
    ],
)
def test_labels_rounded_values_and_embeddings_are_none(body: Any) -> None:
    assert isinstance(talk(PROBE, OPERATION, DOCUMENT, gives(body)).verdict, NotApplicable)


def test_behind_a_key_it_holds() -> None:
    verdict = talk(PROBE, OPERATION, DOCUMENT, gives({"scores": VECTOR}, guarded=True)).verdict
    assert isinstance(verdict, Held)
