"""What callers may send. Every text, list and number has a bound; unknown fields are refused."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sample_endpoint.core.assistant import MODEL_NAME

MAX_BATCH = 32

Text = Annotated[str, Field(min_length=1, max_length=2_000)]
ModelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,63}$")]


class StrictBody(BaseModel):
    """A request body that takes the declared fields and no others."""

    model_config = ConfigDict(extra="forbid")


class PredictRequest(StrictBody):
    """One text, a batch, or both; scores are multiplied by `scale`."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "What a lovely day."}]}
    )

    text: Text | None = None
    texts: Annotated[list[Text], Field(max_length=MAX_BATCH)] = []
    scale: Annotated[float, Field(ge=1, le=100, allow_inf_nan=False)] = 1.0

    @model_validator(mode="after")
    def _needs_a_text(self) -> "PredictRequest":
        if self.text is None and not self.texts:
            raise ValueError("give text or texts")
        return self

    def batch(self) -> list[str]:
        """Return every text to score, in order."""
        return [*([] if self.text is None else [self.text]), *self.texts]


class JobRequest(StrictBody):
    """A text to score as a job, under a label of the caller's."""

    label: Annotated[str, Field(min_length=1, max_length=120, examples=["spring reviews"])]
    text: Annotated[Text, Field(examples=["What a lovely day."])]


class ProfileChange(StrictBody):
    """What a caller may change of the own profile. Role and credits are the server's."""

    display_name: Annotated[str, Field(min_length=1, max_length=80, examples=["Sam"])]


class RedeemRequest(StrictBody):
    """A voucher to turn into credits."""

    code: Annotated[str, Field(pattern=r"^[A-Z0-9-]{4,32}$", examples=["WELCOME-50"])]


class ImportRequest(StrictBody):
    """Where a model card is to be fetched from."""

    source_url: Annotated[
        str, Field(min_length=12, max_length=300, examples=["https://hub.example/cards/tone.json"])
    ]


class ChatMessage(BaseModel):
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: Annotated[str, Field(min_length=1, max_length=4_000, examples=["Hello"])]


class ChatRequest(BaseModel):
    """The OpenAI fields that this assistant heeds; clients send others too, which are dropped."""

    model: Annotated[str, Field(max_length=64)] = MODEL_NAME
    messages: Annotated[list[ChatMessage], Field(min_length=1, max_length=32)]
    max_tokens: Annotated[int, Field(ge=1, le=512)] = 128
    n: Annotated[int, Field(ge=1, le=4)] = 1
    stream: bool = False
