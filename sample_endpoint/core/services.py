"""Everything a running endpoint holds, built once at start and handed to the routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sample_endpoint.core.assistant import Assistant
from sample_endpoint.core.audit import AuditTrail
from sample_endpoint.core.jobs import JobStore
from sample_endpoint.core.profiles import ProfileStore
from sample_endpoint.core.registry import ModelRegistry
from sample_endpoint.core.sentiment import SentimentModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sample_endpoint.core.accounts import Account


@dataclass(frozen=True, slots=True)
class Services:
    """The model and the stores of one server process."""

    model: SentimentModel
    assistant: Assistant
    jobs: JobStore
    profiles: ProfileStore
    registry: ModelRegistry
    audit: AuditTrail


def build_services(accounts: Mapping[str, Account]) -> Services:
    """Load the model and open empty stores for these accounts."""
    model = SentimentModel()
    return Services(
        model=model,
        assistant=Assistant(model),
        jobs=JobStore(),
        profiles=ProfileStore(accounts.values()),
        registry=ModelRegistry(),
        audit=AuditTrail(),
    )
