"""Model servers that are known by their paths: what to test where there is no specification.

Each shape is recognised by an answer that only such a server gives, and comes with a short list of
the operations that its documentation promises; nothing is guessed beyond that list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from scanner.model.values import Value

Ask = Callable[[str], object]
Paths = dict[str, dict[str, dict[str, Any]]]


class Shape(Value):
    """A kind of server: `sign` is the path that shows it, `paths` makes its operations.

    `paths` is given the JSON answer at `sign` and returns the `paths` of an OpenAPI document, or
    None where the answer is another server's.
    """

    name: str
    sign: str
    paths: Callable[[object], Paths | None]


def recognise(ask: Ask) -> tuple[str, str] | None:
    """Ask for the signs; returns the names of the shapes and an OpenAPI document of their
    operations as text. `ask` gives the JSON answer at a path, or None."""
    names: list[str] = []
    paths: Paths = {}
    for shape in SHAPES:
        answer = ask(shape.sign)
        found = shape.paths(answer) if answer is not None else None
        if found:
            names.append(shape.name)
            paths = {**found, **paths}
    if not names:
        return None
    document = {"openapi": "3.1.0", "info": {"title": ", ".join(names)}, "paths": paths}
    return ", ".join(names), json.dumps(document)


def _post(example: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """An operation whose body is known by an example, from which its types are taken."""
    schema = {"type": "object", "properties": {k: _schema(v) for k, v in example.items()}}
    content = {"application/json": {"schema": schema, "example": example}}
    return {"post": {"requestBody": {"required": True, "content": content}, "responses": {}}}


def _schema(value: object) -> dict[str, Any]:
    kinds: list[tuple[type, str]] = [
        (bool, "boolean"),
        (int, "integer"),
        (float, "number"),
        (str, "string"),
        (list, "array"),
    ]
    return {"type": next((word for kind, word in kinds if isinstance(value, kind)), "object")}


def _get() -> dict[str, dict[str, Any]]:
    return {"get": {"responses": {}}}


def _first_name(answer: object, key: str, *names: str) -> str | None:
    """The name of the first entry of a list in the answer."""
    entries = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        return None
    for entry in entries:
        for name in names:
            value = entry.get(name) if isinstance(entry, dict) else None
            if isinstance(value, str) and value:
                return value
    return "model"


def _openai(answer: object) -> Paths | None:
    model = _first_name(answer, "data", "id")
    if model is None:
        return None
    messages = [{"role": "user", "content": "Say hello."}]
    return {
        "/v1/models": _get(),
        "/v1/chat/completions": _post({"model": model, "messages": messages, "max_tokens": 8}),
        "/v1/completions": _post({"model": model, "prompt": "Say hello.", "max_tokens": 8}),
        "/v1/embeddings": _post({"model": model, "input": "hello"}),
    }


def _ollama(answer: object) -> Paths | None:
    model = _first_name(answer, "models", "name", "model")
    if model is None:
        return None
    options = {"num_predict": 8}
    messages = [{"role": "user", "content": "Say hello."}]
    return {
        "/api/tags": _get(),
        "/api/ps": _get(),
        "/api/version": _get(),
        "/api/show": _post({"model": model}),
        "/api/generate": _post(
            {"model": model, "prompt": "Say hello.", "stream": False, "options": options}
        ),
        "/api/chat": _post(
            {"model": model, "messages": messages, "stream": False, "options": options}
        ),
        "/api/embed": _post({"model": model, "input": "hello"}),
    }


def _open_inference(answer: object) -> Paths | None:
    """KServe v2, the Open Inference Protocol, as Triton, MLServer and TorchServe speak it."""
    if not isinstance(answer, dict) or not isinstance(answer.get("extensions"), list):
        return None
    tensor = {"name": "input-0", "shape": [1, 1], "datatype": "FP32", "data": [0.5]}
    return {
        "/v2": _get(),
        "/v2/health/live": _get(),
        "/v2/health/ready": _get(),
        "/v2/repository/index": _post({"ready": True}),
        "/v2/models/{model_name}": _get(),
        "/v2/models/{model_name}/infer": _post({"inputs": [tensor]}),
    }


def _tgi(answer: object) -> Paths | None:
    if not isinstance(answer, dict) or "model_id" not in answer:
        return None
    body = {"inputs": "Say hello.", "parameters": {"max_new_tokens": 8}}
    return {
        "/info": _get(),
        "/health": _get(),
        "/generate": _post(body),
        "/generate_stream": _post(body),
    }


def _torchserve(answer: object) -> Paths | None:
    """TorchServe's inference port; it shares `/ping` with many, not the word Healthy."""
    if not isinstance(answer, dict) or answer.get("status") not in ("Healthy", "Partial Healthy"):
        return None
    return {"/ping": _get(), "/predictions/{model_name}": _post({"data": "hello"})}


def _mlflow(answer: object) -> Paths | None:
    """MLflow's scoring server says its version in plain text."""
    if not isinstance(answer, str) or not re.fullmatch(r"\d+\.\d+(\.\w+)*", answer.strip()):
        return None
    return {
        "/version": _get(),
        "/ping": _get(),
        "/invocations": _post({"inputs": [[0.5]]}),
    }


SHAPES = (
    Shape("OpenAI-compatible", "/v1/models", _openai),
    Shape("Ollama", "/api/tags", _ollama),
    Shape("Open Inference Protocol (KServe v2)", "/v2", _open_inference),
    Shape("Text Generation Inference", "/info", _tgi),
    Shape("TorchServe", "/ping", _torchserve),
    Shape("MLflow scoring", "/version", _mlflow),
)
