"""The oracle against a real evaluation behind a scripted server."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.code_evaluation import PROBE
from tests.probes.harness import Answer, Server, Talk, api, obj, talk

CALC = "POST /calc"
DOCUMENT = api(CALC, body_post_calc=obj("expression", expression="string"))


def text_of(call: Call) -> str:
    return str(call.json_body["expression"])


def said(server: Server) -> Talk:
    return talk(PROBE, CALC, DOCUMENT, server)


def python(call: Call) -> Answer:
    if text_of(call) == "servegate":
        return Answer(200, {"result": 0})
    try:
        made = eval(text_of(call), {"__builtins__": {}, "str": str})
    except (SyntaxError, NameError, TypeError) as error:
        return Answer(400, {"detail": str(error)})
    return Answer(200, {"result": made})


def javascript(call: Call) -> Answer:
    match = re.fullmatch(r"'(\w+)'\.toUpperCase\(\)\+String\((\d+)\*(\d+)\)", text_of(call))
    if match:
        return Answer(200, match[1].upper() + str(int(match[2]) * int(match[3])))
    return Answer(200, "undefined")


@pytest.mark.parametrize(("server", "language"), [(python, "Python"), (javascript, "JavaScript")])
def test_method_is_called(server: Server, language: str) -> None:
    found = said(server).found
    assert f"({language})" in found.message
    assert len(found.proof) == 2
    assert len(found.controls) == 1


def calculator(call: Call) -> Answer:
    """Numbers and operators, as it should be."""
    sums: dict[type, Callable[[int, int], int]] = {ast.Add: operator.add, ast.Mult: operator.mul}

    def value(node: ast.AST) -> int:
        match node:
            case ast.Expression(body=body):
                return value(body)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in sums:
                return sums[type(op)](value(left), value(right))
            case ast.Constant(value=int(number)):
                return number
        raise ValueError("only sums")

    if text_of(call) == "servegate":
        return Answer(200, {"result": 0})
    try:
        return Answer(200, {"result": value(ast.parse(text_of(call), mode="eval"))})
    except (SyntaxError, ValueError) as error:
        return Answer(422, {"detail": str(error)})


def loud_worker(call: Call) -> Answer:
    """A text service that writes in capitals and works sums out, quotes or not."""
    bare = re.sub(r"['.()+]|upper|str", "", text_of(call)).upper()

    def product(match: re.Match[str]) -> str:
        return str(int(match[1]) * int(match[2]))

    return Answer(200, re.sub(r"(\d{4})\*(\d{4})", product, bare))


@pytest.mark.parametrize(
    "server",
    [
        calculator,
        loud_worker,
        lambda call: Answer(200, {"you": text_of(call)}),
        lambda call: Answer(200, {"you": text_of(call).upper()}),
    ],
)
def test_innocent(server: Server) -> None:
    for _ in range(20):
        assert isinstance(said(server).verdict, Held)


def test_sound_calculator_works() -> None:
    """Silence about it means something: it does work sums out."""
    call = Call(label="", method="POST", path="/calc", json_body={"expression": "7*191"})
    assert calculator(call).body == {"result": 1337}


def test_nothing_like_an_expression() -> None:
    document = api("POST /calc", body_post_calc=obj("label", label="string"))
    talked = talk(PROBE, CALC, document, lambda _call: Answer(200, {}))
    assert isinstance(talked.verdict, NotApplicable)


@pytest.mark.parametrize("status", [0, 401, 403, 429])
def test_no_valid_call(status: int) -> None:
    assert isinstance(said(lambda _call: Answer(status, fault="x")).verdict, NotApplicable)
