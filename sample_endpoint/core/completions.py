"""Chat answers in the shape that OpenAI clients expect, whole or as a stream."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import BaseModel

from sample_endpoint.core.assistant import MODEL_NAME, tokenize

CREATED = 1_700_000_000
"""Seconds since the epoch, the same in every answer: equal questions get equal bytes."""


class ChatReply(BaseModel):
    """What the assistant said."""

    role: Literal["assistant"] = "assistant"
    content: str


class ChatChoice(BaseModel):
    """One of the `n` answers asked for."""

    index: int
    message: ChatReply
    finish_reason: Literal["stop", "length"]


class ChatUsage(BaseModel):
    """Tokens counted for one request."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(BaseModel):
    """The answer to POST /v1/chat/completions."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int = CREATED
    model: str = MODEL_NAME
    choices: list[ChatChoice]
    usage: ChatUsage


class ChunkDelta(BaseModel):
    """What one event of a stream adds."""

    role: Literal["assistant"] | None = None
    content: str | None = None


class ChunkChoice(BaseModel):
    """One answer's share of a stream event."""

    index: int = 0
    delta: ChunkDelta
    finish_reason: Literal["stop", "length"] | None = None


class ChatChunk(BaseModel):
    """One event of a streamed answer."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int = CREATED
    model: str = MODEL_NAME
    choices: list[ChunkChoice]


def complete(prompts: Sequence[str], reply: str, max_tokens: int, n: int) -> ChatCompletion:
    """Build a whole answer, cut to `max_tokens`, with `n` equal choices."""
    tokens = tokenize(reply)
    kept = tokens[:max_tokens]
    choices = [
        ChatChoice(
            index=index,
            message=ChatReply(content="".join(kept)),
            finish_reason="stop" if len(kept) == len(tokens) else "length",
        )
        for index in range(n)
    ]
    prompt_tokens = sum(len(tokenize(prompt)) for prompt in prompts)
    spent = len(kept) * n
    return ChatCompletion(
        id=_completion_id(prompts),
        choices=choices,
        usage=ChatUsage(
            prompt_tokens=prompt_tokens,
            completion_tokens=spent,
            total_tokens=prompt_tokens + spent,
        ),
    )


def stream(completion: ChatCompletion) -> Iterator[str]:
    """Render an answer as server-sent events, a token each, closed by `[DONE]`."""
    for choice in completion.choices:
        deltas = [ChunkDelta(role="assistant")]
        deltas += [ChunkDelta(content=token) for token in tokenize(choice.message.content)]
        for delta in deltas:
            yield _event(completion.id, ChunkChoice(index=choice.index, delta=delta))
        last = ChunkChoice(
            index=choice.index, delta=ChunkDelta(), finish_reason=choice.finish_reason
        )
        yield _event(completion.id, last)
    yield "data: [DONE]\n\n"


def _event(completion_id: str, choice: ChunkChoice) -> str:
    chunk = ChatChunk(id=completion_id, choices=[choice])
    return f"data: {chunk.model_dump_json(exclude_none=True)}\n\n"


def _completion_id(prompts: Sequence[str]) -> str:
    digest = hashlib.sha256("\n".join(prompts).encode("utf-8", "replace")).hexdigest()
    return f"chatcmpl-{digest[:24]}"
