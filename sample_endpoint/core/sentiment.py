"""The model behind the endpoint: a lexicon sentiment model that needs no download."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

SentimentLabel = Literal["positive", "neutral", "negative"]

CONTEXT_CHARS = 4_000
"""Characters that the model looks at; the rest of a longer text does not count."""

NEUTRAL_BAND = 0.05
"""Compound scores closer to zero than this are neutral, as the model's authors advise."""


@dataclass(frozen=True, slots=True)
class Sentiment:
    """One prediction; `score` runs from -1 (negative) to 1 (positive)."""

    label: SentimentLabel
    score: float


class SentimentModel:
    """Scores English text, the same text always alike."""

    def __init__(self) -> None:
        self._analyzer = SentimentIntensityAnalyzer()

    def predict(self, text: str) -> Sentiment:
        """Score the first `CONTEXT_CHARS` characters of one text."""
        score = float(self._analyzer.polarity_scores(text[:CONTEXT_CHARS])["compound"])
        if score >= NEUTRAL_BAND:
            return Sentiment("positive", score)
        if score <= -NEUTRAL_BAND:
            return Sentiment("negative", score)
        return Sentiment("neutral", score)
