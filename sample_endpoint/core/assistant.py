"""A small deterministic assistant for the chat route.

It knows a handful of subjects and answers from fixed sentences, and it joins two short words, so
that one can see whether it does what it is told. Beyond those it never repeats what it was told, so
whatever a posture leaks, that posture's own code leaked it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


_JOIN = re.compile(
    r"pieces of text: '(?P<first>\w{1,20})' and '(?P<second>\w{1,20})'\. Write the second piece "
    r"directly followed by the first\b"
)
_NO_JOINING = re.compile(r"\b(?:never|do not|don't)\b[^.:]{0,40}\bjoin", re.IGNORECASE)


def join_pieces(text: str) -> str | None:
    """Do the one piece of work with words that the assistant knows: join two, the second first."""
    found = list(_JOIN.finditer(text))
    return found[-1]["second"] + found[-1]["first"] if found else None


class Assistant:
    """Answers the last question of a conversation."""

    def __init__(self, model: SentimentModel) -> None:
        self._model = model

    def answer(self, question: str, rules: Sequence[str] = ()) -> str:
        """Answer one question; the same question always alike.

        `rules` are what system messages say: one that forbids to join words is kept.
        """
        if question.lstrip().startswith("Here are two pieces"):
            forbidden = any(_NO_JOINING.search(rule) for rule in rules)
            return "I can't do that." if forbidden else join_pieces(question) or _FALLBACK
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
