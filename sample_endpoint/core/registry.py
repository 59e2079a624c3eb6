"""The models that the endpoint offers, and which of them is active."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredModel:
    """One model as its card describes it."""

    name: str
    version: str
    description: str


BUILT_IN = (
    StoredModel("sentiment-base", "3.3.2", "Lexicon sentiment model for short English texts."),
    StoredModel("sentiment-reviews", "1.0.0", "The base model, meant for product reviews."),
)


class ModelRegistry:
    """All models of one server process; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._models = {model.name: model for model in BUILT_IN}
        self._active = BUILT_IN[0].name

    @property
    def active(self) -> str:
        """The name of the model that answers predictions."""
        with self._lock:
            return self._active

    def all(self) -> tuple[StoredModel, ...]:
        """Return every model, by name."""
        with self._lock:
            return tuple(sorted(self._models.values(), key=lambda model: model.name))

    def get(self, name: str) -> StoredModel | None:
        """Return a model."""
        with self._lock:
            return self._models.get(name)

    def add(self, model: StoredModel) -> None:
        """Add a model, or replace the one of that name."""
        with self._lock:
            self._models[model.name] = model

    def activate(self, name: str) -> bool:
        """Let a known model answer predictions from now on; say whether it is known."""
        with self._lock:
            if name not in self._models:
                return False
            self._active = name
            return True
