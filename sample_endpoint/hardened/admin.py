"""Model management and the audit trail, for administrators."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from sample_endpoint.core.registry import StoredModel
from sample_endpoint.core.schemas import Activation, AuditEntry, AuditLog, ModelList
from sample_endpoint.hardened.auth import Administrator, get_services, require_admin
from sample_endpoint.hardened.errors import ApiError
from sample_endpoint.hardened.hub import HubError, ModelCard, approve_source, fetch_card
from sample_endpoint.hardened.schemas import ImportRequest
from sample_endpoint.hardened.throttling import EXPENSIVE, ORDINARY, throttled

router = APIRouter(prefix="/v1/admin", tags=["admin"], dependencies=[Depends(require_admin)])


@router.get("/models")
@throttled(ORDINARY)
def list_managed_models(request: Request) -> ModelList:
    """List every model and which is active."""
    services = get_services(request)
    return ModelList.of(services.registry)


@router.post("/models/import", status_code=HTTPStatus.CREATED)
@throttled(EXPENSIVE)
def import_model(request: Request, admin: Administrator, body: ImportRequest) -> ModelCard:
    """Take over a model card from a trusted hub."""
    services = get_services(request)
    try:
        source = approve_source(body.source_url, request.app.state.trusted_hubs)
        card = fetch_card(source)
    except HubError as error:
        services.audit.record(admin.name, "import model", "card", "refused")
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "source_refused", str(error)) from error
    services.registry.add(StoredModel(card.name, card.version, card.description))
    services.audit.record(admin.name, "import model", card.name)
    return card


@router.post("/models/{name}/activate")
@throttled(ORDINARY)
def activate_model(
    request: Request,
    admin: Administrator,
    name: Annotated[str, Path(max_length=64)],
) -> Activation:
    """Let a model answer predictions from now on."""
    services = get_services(request)
    if not services.registry.activate(name):
        raise ApiError(HTTPStatus.NOT_FOUND, "not_found", "There is no such model.")
    services.audit.record(admin.name, "activate model", name)
    return Activation(active=name)


@router.get("/audit")
@throttled(ORDINARY)
def read_audit(request: Request) -> AuditLog:
    """Show the newest events."""
    services = get_services(request)
    return AuditLog(entries=[AuditEntry.of(entry) for entry in services.audit.entries()])
