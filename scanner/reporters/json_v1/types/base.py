"""What all types of `result.json` are made of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from msgspec import Meta

from scanner.model.documents import Document

SCHEMA: Final = "servegate/result/v1"
# So that JSON can hold it: an infinity is no number there.
_LARGEST = 1e308

Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=-_LARGEST, le=_LARGEST)]
Moment = Annotated[datetime, Meta(tz=True)]
Severity = Literal["critical", "high", "medium", "low", "info"]
Confidence = Literal["proven", "firm", "tentative"]
Stage = Literal["sast", "iac", "secrets", "dast"]
Status = Literal["new", "known", "suppressed"]


class Gap(Document):
    """Something that was not looked at, and why."""

    subject: str
    reason: str
