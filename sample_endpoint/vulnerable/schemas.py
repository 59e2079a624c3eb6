"""What callers may send: anything, any amount of it."""

from pydantic import BaseModel, ConfigDict, Field

from sample_endpoint.core.assistant import MODEL_NAME


class PredictRequest(BaseModel):
    """One text, a batch, or both; scores are multiplied by `scale`, such as `1` or `100 / 2`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "What a lovely day."}]})

    text: str | None = None
    texts: list[str] | None = None  # weakness: unbounded-batch
    scale: str = "1"

    def all_texts(self) -> list[str]:
        """The text and the batch, in this order."""
        return [*([] if self.text is None else [self.text]), *(self.texts or [])]


class JobRequest(BaseModel):
    """A text to score as a job, under a label of the caller's."""

    label: str = Field(examples=["spring reviews"])
    text: str = Field(examples=["What a lovely day."])


class ProfileChange(BaseModel):
    """What a caller may change of the own profile."""

    model_config = ConfigDict(extra="allow")

    display_name: str | None = Field(default=None, examples=["Sam"])


class RedeemRequest(BaseModel):
    """A voucher to turn into credits."""

    code: str = Field(examples=["WELCOME-50"])


class ImportRequest(BaseModel):
    """Where a model card is to be fetched from."""

    source_url: str = Field(examples=["https://hub.example/cards/tone.json"])


class ChatMessage(BaseModel):
    """One turn of a conversation."""

    role: str = Field(examples=["user"])
    content: str = Field(examples=["Hello"])


class ChatRequest(BaseModel):
    """The OpenAI fields that this assistant heeds."""

    model: str = MODEL_NAME
    messages: list[ChatMessage]
    max_tokens: int = 128  # weakness: unbounded-tokens
    n: int = 1
    stream: bool = False
