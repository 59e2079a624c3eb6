"""How bad a finding is and how sure we are: two ordered scales used everywhere."""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Literal, TypeVar, cast

SeverityLabel = Literal["critical", "high", "medium", "low", "info"]
ConfidenceLabel = Literal["proven", "firm", "tentative"]
_Scale = TypeVar("_Scale", bound=IntEnum)


class Severity(IntEnum):
    """How much a weakness matters on a model endpoint; ascending, so `>=` reads as it looks."""

    INFO = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5

    @property
    def label(self) -> SeverityLabel:
        """The lower-case word used in flags, files and reports."""
        return cast("SeverityLabel", self.name.lower())

    @classmethod
    def parse(cls, text: str) -> Severity:
        """Read a label. Raises `ValueError` that lists the labels."""
        return _parse(cls, text)


class Confidence(IntEnum):
    """How sure a finding is: a guess by shape, a firm pattern, or an effect that was observed."""

    TENTATIVE = 1
    FIRM = 2
    PROVEN = 3

    @property
    def label(self) -> ConfidenceLabel:
        """The lower-case word used in flags, files and reports."""
        return cast("ConfidenceLabel", self.name.lower())

    @classmethod
    def parse(cls, text: str) -> Confidence:
        """Read a label. Raises `ValueError` that lists the labels."""
        return _parse(cls, text)


class Stage(str, Enum):
    """The part of the job that an engine belongs to; `--only` and `--skip` take these words."""

    SAST = "sast"
    IAC = "iac"
    SECRETS = "secrets"
    DAST = "dast"


def _parse(scale: type[_Scale], text: str) -> _Scale:
    try:
        return scale[text.strip().upper()]
    except KeyError:
        words = ", ".join(level.name.lower() for level in scale)
        raise ValueError(f"{text!r} is none of {words}") from None
