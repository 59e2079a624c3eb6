"""What all types of `result.json` are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    PlainValidator,
    StrictInt,
    WithJsonSchema,
)

SCHEMA = "servegate/result/v1"


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a string")  # noqa: TRY004 (pydantic reads ValueError)
    return value


# pydantic's own string refuses lone surrogates, which is how a file name that is not UTF-8 arrives.
Text = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string"})]
Count = Annotated[StrictInt, Field(ge=0)]
Seconds = Annotated[FiniteFloat, Field(strict=False)]
Severity = Literal["critical", "high", "medium", "low", "info"]
Confidence = Literal["proven", "firm", "tentative"]
Stage = Literal["sast", "iac", "secrets", "dast"]
Status = Literal["new", "known", "suppressed"]


class V1(BaseModel):
    """The base of all: unknown keys are refused, values can't be changed."""

    # Built once, as part of `Result`, and not each by itself when it is declared.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Gap(V1):
    """Something that was not looked at, and why."""

    subject: Text
    reason: Text
