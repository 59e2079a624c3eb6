"""Answers of the endpoint, alike in both postures.

What may be sent is each posture's own affair: bounding it, or not, is part of its security.
"""

from dataclasses import asdict
from typing import Literal

from pydantic import BaseModel, ConfigDict

from sample_endpoint.core.audit import StoredEntry
from sample_endpoint.core.jobs import StoredJob
from sample_endpoint.core.profiles import StoredProfile
from sample_endpoint.core.registry import ModelRegistry
from sample_endpoint.core.sentiment import Sentiment, SentimentLabel


class Health(BaseModel):
    """The server answers."""

    status: Literal["ok"] = "ok"


class Prediction(BaseModel):
    """The sentiment of one text; `score` runs from -1 to 1."""

    label: SentimentLabel
    score: float

    @classmethod
    def of(cls, sentiment: Sentiment) -> "Prediction":
        """Show one answer of the model."""
        return cls(label=sentiment.label, score=sentiment.score)


class Predictions(BaseModel):
    """The answer to a batch, in its order."""

    model: str
    predictions: list[Prediction]


class Job(BaseModel):
    """A prediction job."""

    id: str
    label: str
    text: str
    summary: str
    prediction: Prediction
    created_at: str

    @classmethod
    def of(cls, job: StoredJob) -> "Job":
        """Show a stored job, without its owner."""
        return cls(
            id=job.id,
            label=job.label,
            text=job.text,
            summary=job.summary,
            prediction=Prediction(label=job.sentiment, score=job.score),
            created_at=job.created_at,
        )


class JobList(BaseModel):
    """Jobs, oldest first."""

    jobs: list[Job]


class Profile(BaseModel):
    """What a caller may see of the own account."""

    name: str
    display_name: str
    role: str
    credits: int

    @classmethod
    def of(cls, profile: StoredProfile) -> "Profile":
        """Show a stored profile."""
        return cls(**asdict(profile))


class ModelInfo(BaseModel):
    """One model on offer."""

    model_config = ConfigDict(protected_namespaces=())

    name: str
    version: str
    description: str
    active: bool


class ModelList(BaseModel):
    """Every model on offer."""

    models: list[ModelInfo]

    @classmethod
    def of(cls, registry: ModelRegistry) -> "ModelList":
        """Show a registry."""
        active = registry.active
        return cls(
            models=[
                ModelInfo(**asdict(model), active=model.name == active) for model in registry.all()
            ]
        )


class AuditEntry(BaseModel):
    """One event of the audit trail."""

    at: str
    actor: str
    action: str
    target: str
    outcome: str

    @classmethod
    def of(cls, entry: StoredEntry) -> "AuditEntry":
        """Show a stored event."""
        return cls(**asdict(entry))


class AuditLog(BaseModel):
    """Events, newest first."""

    entries: list[AuditEntry]


class Activation(BaseModel):
    """The model that answers predictions from now on."""

    active: str
