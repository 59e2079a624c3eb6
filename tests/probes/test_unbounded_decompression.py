from __future__ import annotations

import gzip
import json
import zlib

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.probes.unbounded_decompression import PROBE
from tests.probes.harness import Answer, Server, Talk, api, obj, talk

PREDICT, MODELS = "POST /predict", "GET /models"
DOCUMENT = api(PREDICT, MODELS, body_post_predict=obj("text", text="string"))
SCORE = Answer(200, {"score": 0.5})


def packed(call: Call) -> bool:
    return ("Content-Encoding", "gzip") in call.headers


def unpacks(call: Call) -> Answer:
    if not packed(call):
        return SCORE
    try:
        json.loads(gzip.decompress(call.raw_body or b""))
    except (OSError, zlib.error, ValueError):
        return Answer(400, {"detail": "not gzip"})
    return SCORE


def with_a_limit(call: Call) -> Answer:
    made = unpacks(call)
    if packed(call) and made.status == 200:
        size = len(gzip.decompress(call.raw_body or b""))
        return Answer(413) if size > 1_000_000 else made
    return made


def said(server: Server, operation: str = PREDICT) -> Talk:
    return talk(PROBE, operation, DOCUMENT, server)


def test_a_large_body_out_of_a_small_one() -> None:
    talked = said(unpacks)
    assert "unpacks 16 MiB out of" in talked.found.message
    assert max(len(call.raw_body or b"") for call in talked.calls) < 50_000
    assert [reply.status for reply in talked.found.controls] == [400]


@pytest.mark.parametrize(
    "server",
    [
        with_a_limit,
        lambda call: Answer(415) if packed(call) else SCORE,
        lambda _call: SCORE,
    ],
)
def test_limits_refusals_and_servers_that_do_not_look(server: Server) -> None:
    assert isinstance(said(server).verdict, Held)


def test_not_for_reads_and_not_without_an_answer() -> None:
    assert isinstance(said(unpacks, MODELS).verdict, NotApplicable)
    assert isinstance(said(lambda _call: Answer(422)).verdict, NotApplicable)
    silent: Server = lambda call: Answer(0, fault="reset") if packed(call) else SCORE  # noqa: E731
    assert isinstance(said(silent).verdict, Inconclusive)
