"""How to say something to the model behind an operation, and to read what it answers.

Recognised by the valid call that the survey made; what fits none of the shapes can be described by
the user in a few lines (`[[endpoint.llm.chats]]`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import Call, Reply
from scanner.engines.dast.llm.answers import answer_text, tool_calls
from scanner.model.plan import ChatTemplate
from scanner.model.values import Value

_TALKING = re.compile(
    r"chat|complet|generat|converse|assist|agent|\bask|answer|prompt|llm|gpt|infer|rag|bot|query|"
    r"responses|messages|summar|invoke|respond",
    re.IGNORECASE,
)
_TEXT_FIELDS = (
    "prompt",
    "inputs",
    "input",
    "question",
    "query",
    "message",
    "user_input",
    "instruction",
    "text_input",
    "text",
    "content",
)
_CEILINGS = ("max_tokens", "max_completion_tokens", "max_new_tokens", "max_output_tokens")
_ENOUGH_TOKENS = 200


class Manner(str, Enum):
    """How a request carries a conversation."""

    MESSAGES = "messages"
    RESPONSES = "input items"
    TEXT = "text"
    TENSOR = "tensor"
    TEMPLATE = "template"


class Turn(Value):
    """Something said: `role` is system, user, assistant or tool."""

    role: str
    text: str


class Dialect(Value, kw_only=True):
    """The way to talk at one operation.

    `base` is a valid call; `field` the member that takes the words; `answer` a dotted path to the
    words in the answer, where the user gave one.
    """

    operation: Operation
    manner: Manner
    base: Call
    field: str = ""
    answer: str = ""

    @property
    def roles(self) -> bool:
        """Whether a request tells who said what, so that the caller can set rules of his own."""
        return self.manner in (Manner.MESSAGES, Manner.RESPONSES)

    def call(self, turns: tuple[Turn, ...], label: str, identity: str | None) -> Call:
        """The request that says these turns."""
        body: dict[str, Any] = json.loads(json.dumps(self.base.json_body))
        spoken = [{"role": turn.role, "content": turn.text} for turn in turns]
        match self.manner:
            case Manner.MESSAGES | Manner.RESPONSES:
                body[self.field] = spoken
            case Manner.TEXT:
                body[self.field] = flat(turns)
            case Manner.TENSOR:
                _text_tensor(body)["data"] = [flat(turns)]
            case Manner.TEMPLATE:
                body = {key: _filled(inner, flat(turns)) for key, inner in body.items()}
        return replace(self.base, label=label, identity=identity, json_body=_whole_answers(body))

    def said(self, reply: Reply) -> str | None:
        """The model's words; empty where it calls a tool instead, None where the answer holds
        neither."""
        if not reply.ok:
            return None
        words = answer_text(reply.text, reply.header("content-type") or "", self.answer)
        return "" if words is None and self.tools_called(reply) else words

    def tools_called(self, reply: Reply) -> list[str]:
        """Names of the tools that the model wants called."""
        return tool_calls(reply.text) if reply.ok else []


def recognise(
    operation: Operation, base: Call, templates: Mapping[str, ChatTemplate]
) -> Dialect | None:
    """The dialect of an operation whose valid call is `base`; None where nobody talks there."""
    template = templates.get(str(operation))
    if template is not None:
        body = json.loads(template.request)
        call = replace(base, json_body=body, raw_body=None, files=())
        return Dialect(
            operation=operation, manner=Manner.TEMPLATE, base=call, answer=template.answer
        )
    body = base.json_body
    if operation.method != "POST" or not isinstance(body, dict):
        return None
    found = _manner(operation, body)
    if found is None:
        return None
    manner, field = found
    return Dialect(operation=operation, manner=manner, base=base, field=field)


def flat(turns: tuple[Turn, ...]) -> str:
    """A conversation as one text, for operations that take no roles."""
    if len(turns) == 1:
        return turns[0].text
    names = {"system": "Instructions", "user": "User", "assistant": "Assistant", "tool": "Tool"}
    lines = [f"{names.get(turn.role, turn.role)}: {turn.text}" for turn in turns]
    return "\n\n".join([*lines, "Assistant:"])


def _manner(operation: Operation, body: dict[str, Any]) -> tuple[Manner, str] | None:
    if isinstance(body.get("messages"), list):
        return Manner.MESSAGES, "messages"
    if operation.path.rstrip("/").endswith("/embeddings") or "embed" in operation.path:
        return None
    if operation.path.rstrip("/").endswith("/responses") and "input" in body:
        return Manner.RESPONSES, "input"
    if isinstance(body.get("inputs"), list) and _text_tensor(body):
        return Manner.TENSOR, "inputs"
    if not _TALKING.search(f"{operation.path} {operation.operation_id} {operation.summary}"):
        return None
    fields = [name for name in _TEXT_FIELDS if isinstance(body.get(name), str)]
    return (Manner.TEXT, fields[0]) if fields else None


def _text_tensor(body: Mapping[str, Any]) -> dict[str, Any]:
    """The first tensor of words in a request of the Open Inference Protocol; empty if none is."""
    tensors = body.get("inputs")
    for tensor in tensors if isinstance(tensors, list) else []:
        if isinstance(tensor, dict) and tensor.get("datatype") == "BYTES":
            return tensor
    return {}


def _whole_answers(body: dict[str, Any]) -> dict[str, Any]:
    """The body with a ceiling that leaves room for an answer, and no stream."""
    made: dict[str, Any] = {
        key: _whole_answers(inner) if isinstance(inner, dict) else inner
        for key, inner in body.items()
    }
    for name in (*_CEILINGS, "num_predict"):
        if isinstance(made.get(name), int) and made[name] < _ENOUGH_TOKENS:
            made[name] = _ENOUGH_TOKENS
    if made.get("stream") is True:
        made["stream"] = False
    return made


def _filled(value: object, prompt: str) -> object:
    if isinstance(value, str):
        return value.replace("{prompt}", prompt)
    if isinstance(value, dict):
        return {key: _filled(inner, prompt) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, prompt) for inner in value]
    return value
