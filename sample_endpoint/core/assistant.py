"""A small deterministic assistant for the chat route.

It knows a handful of subjects and answers from fixed sentences. It never repeats what it was
told, so whatever a posture leaks, that posture's own code leaked it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sample_endpoint.core.sentiment import SentimentModel

MODEL_NAME = "servegate-assistant"

_SUBJECTS: Mapping[str, str] = {
    r"\bjobs?\b": (
        "A prediction job scores one text and keeps the outcome until you delete it. "
        "Create one at /v1/jobs."
    ),
    r"\bmodels?\b": "The models on offer are listed at /v1/models, with the active one marked.",
    r"\b(credits?|vouchers?)\b": "Credits come from vouchers; redeem one at /v1/credits/redeem.",
    r"\b(hello|hi|hey)\b": "Hello. Send me a text and ask for its sentiment.",
}
_FALLBACK = "I can judge the sentiment of a text, and explain models, jobs and credits."
_SENTIMENT_REQUEST = re.compile(
    r"\bsentiment\b[^:\n]{0,80}:(?P<text>.+)", re.IGNORECASE | re.DOTALL
)


class Assistant:
    """Answers the last question of a conversation."""

    def __init__(self, model: SentimentModel) -> None:
        self._model = model

    def answer(self, question: str) -> str:
        """Answer one question; the same question always alike."""
        request = _SENTIMENT_REQUEST.search(question)
        if request:
            sentiment = self._model.predict(request["text"])
            return f"That text reads as {sentiment.label} ({sentiment.score:+.2f})."
        for pattern, reply in _SUBJECTS.items():
            if re.search(pattern, question, re.IGNORECASE):
                return reply
        return _FALLBACK


def tokenize(text: str) -> list[str]:
    """Split a text into the tokens that usage counts: a word with the white space before it."""
    return re.findall(r"\s*\S+", text)
