from typing import Annotated, List, Literal, Optional

from pydantic import BaseModel, ConfigDict, Field, field_validator


class CompletionRequest(BaseModel):
    # ruleid: unbounded-request-field
    prompt: str
    # ruleid: unbounded-request-field
    max_tokens: int = 256
    # ruleid: unbounded-request-field
    n: Optional[int] = Field(default=1, ge=1)
    # ruleid: unbounded-request-field
    texts: List[str] = Field(default_factory=list)
    # ok: unbounded-request-field
    model: str
    # ok: unbounded-request-field
    temperature: float = 0.7
    # ok: unbounded-request-field
    top_k: int = Field(default=10, ge=1, le=100)


class BoundedRequest(BaseModel):
    # ok: unbounded-request-field
    prompt: str = Field(max_length=8000)
    # ok: unbounded-request-field
    max_tokens: Annotated[int, Field(ge=1, le=4096)] = 256
    # ok: unbounded-request-field
    n: Literal[1, 2, 4] = 1
    # ok: unbounded-request-field
    messages: Annotated[list[str], Field(max_length=64)]


class CheckedRequest(BaseModel):
    # ok: unbounded-request-field
    batch_size: int = 8

    @field_validator("batch_size")
    @classmethod
    def bounded(cls, value: int) -> int:
        return min(value, 64)


class ShortTextRequest(BaseModel):
    model_config = ConfigDict(str_max_length=8000)
    # ok: unbounded-request-field
    prompt: str


class CompletionResponse(BaseModel):
    # ok: unbounded-request-field
    texts: list[str]
    # ok: unbounded-request-field
    count: int


class TrainerConfig(BaseModel):
    # ok: unbounded-request-field
    batch_size: int = 32


class UpstreamMessage(BaseModel):
    # ok: unbounded-request-field
    content: str
