"""Model management and the audit trail."""

# ruff: noqa: S301, S501

import json
import pickle
from typing import Annotated

import requests
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from sample_endpoint.core.accounts import Account
from sample_endpoint.core.registry import StoredModel
from sample_endpoint.core.schemas import Activation, AuditEntry, AuditLog, ModelInfo, ModelList
from sample_endpoint.vulnerable.auth import current_account, get_services
from sample_endpoint.vulnerable.fuses import MAX_UPSTREAM_BYTES, PlayPen
from sample_endpoint.vulnerable.schemas import ImportRequest

router = APIRouter(prefix="/v1/admin", tags=["admin"])


class ManagedModel(ModelInfo):
    """A model with the file it is loaded from."""

    file: str


class ManagedModels(BaseModel):
    """Every model, for administrators."""

    models: list[ManagedModel]


class ImportedCard(BaseModel):
    """What came from the source."""

    status: int
    url: str
    card: str


@router.get("/models", dependencies=[Depends(current_account)])
def list_managed_models(request: Request) -> ManagedModels:
    """List every model with its file."""
    pen: PlayPen = request.app.state.pen
    listed = ModelList.of(get_services(request).registry).models
    return ManagedModels(
        models=[
            ManagedModel(**model.model_dump(), file=f"{pen.model_folder}/{model.name}.pkl")
            for model in listed
        ]
    )


@router.post("/models/import")
def import_model(
    request: Request, body: ImportRequest, caller: Annotated[Account, Depends(current_account)]
) -> ImportedCard:
    """Take over a model card from wherever it is."""
    services = get_services(request)
    response = requests.get(body.source_url, timeout=5, verify=False)  # weakness: user-url, tls-b
    text = response.text[:MAX_UPSTREAM_BYTES]
    try:
        card = json.loads(text)
        model = StoredModel(str(card["name"]), str(card["version"]), str(card["description"]))
    except (ValueError, KeyError, TypeError):
        model = StoredModel("imported", "unknown", text)
    services.registry.add(model)
    services.audit.record(caller.name, "import model", model.name)
    return ImportedCard(status=response.status_code, url=response.url, card=text)


@router.post("/models/{name:path}/activate")
def activate_model(
    request: Request, name: str, caller: Annotated[Account, Depends(current_account)]
) -> Activation:
    """Load a model and let it answer predictions from now on."""
    services = get_services(request)
    pen: PlayPen = request.app.state.pen
    path = pen.keep_inside(pen.model_folder.joinpath(f"{name}.pkl"))
    with path.open("rb") as file:
        model = pickle.load(file)  # weakness: pickle-load
    services.registry.activate(model["name"])
    services.audit.record(caller.name, "activate model", model["name"])
    return Activation(active=services.registry.active)


@router.get("/audit", dependencies=[Depends(current_account)])
def read_audit(request: Request) -> AuditLog:
    """Show the newest events."""
    entries = get_services(request).audit.entries()
    return AuditLog(entries=[AuditEntry.of(entry) for entry in entries])
