"""The text in a model server's answer, whole or streamed, in the shapes that servers use."""

from __future__ import annotations

import json
from collections.abc import Iterator

# Where the usual servers keep it, the most particular first: OpenAI chat, completions, responses;
# Anthropic; Ollama chat and generate; TGI; Triton's generate; KServe v2; and home-made ones.
_PLACES = (
    "choices.0.message.content",
    "choices.0.text",
    "output_text",
    "output.0.content.0.text",
    "content.0.text",
    "message.content",
    "response",
    "generated_text",
    "0.generated_text",
    "text_output",
    "outputs.0.data.0",
    "answer",
    "reply",
    "output",
    "result",
    "completion",
    "content",
    "text",
    "message",
    "data",
)
_DELTAS = (
    "choices.0.delta.content",
    "choices.0.text",
    "delta.text",
    "delta",
    "token.text",
    "message.content",
    "response",
    "text_output",
    "content",
    "text",
    "answer",
)


def answer_text(body: str, content_type: str, place: str = "") -> str | None:
    """The model's words in an answer; None where none can be made out.

    `place` is a dotted path that the user gave (`data.0.text`); else the usual ones are tried.
    """
    if "event-stream" in content_type or body.lstrip().startswith("data:"):
        return _joined(_events(body), place)
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        lines = [line for line in body.splitlines() if line.strip()]
        if len(lines) > 1 and all(line.lstrip().startswith("{") for line in lines):
            return _joined(_documents(lines), place)
        return body if body and "json" not in content_type else None
    if isinstance(value, str):
        return value
    found = _at(value, place) if place else _first_text(value, _PLACES)
    return found if isinstance(found, str) else None


def tool_calls(body: str) -> list[str]:
    """Names of the functions that an answer in OpenAI's or Ollama's shape calls."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return []
    calls = _at(value, "choices.0.message.tool_calls") or _at(value, "message.tool_calls") or []
    found = [_at(call, "function.name") for call in calls] if isinstance(calls, list) else []
    return [name for name in found if isinstance(name, str)]


def _joined(values: Iterator[object], place: str) -> str | None:
    parts = [_at(value, place) if place else _first_text(value, _DELTAS) for value in values]
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if texts else None


def _events(body: str) -> Iterator[object]:
    """The JSON of server-sent events; a text that is none stands for itself."""
    for line in body.splitlines():
        if not line.startswith("data:"):
            continue
        data = line[5:].removeprefix(" ")
        if data.strip() == "[DONE]":
            return
        value = _parsed(data)
        yield {"text": data} if value is None else value


def _documents(lines: list[str]) -> Iterator[object]:
    yield from (value for line in lines if (value := _parsed(line)) is not None)


def _parsed(text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value


def _first_text(value: object, places: tuple[str, ...]) -> str | None:
    for place in places:
        found = _at(value, place)
        if isinstance(found, str):
            return found
    return None


def _at(value: object, place: str) -> object:
    for step in place.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
