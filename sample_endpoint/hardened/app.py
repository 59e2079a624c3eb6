"""The hardened application."""

import os
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Request
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from sample_endpoint.core.accounts import load_accounts
from sample_endpoint.core.schemas import Health
from sample_endpoint.core.services import build_services
from sample_endpoint.hardened import account, admin, chat, predictions
from sample_endpoint.hardened.auth import KeyRing
from sample_endpoint.hardened.errors import ErrorBody, install_error_handlers
from sample_endpoint.hardened.managed_keys import ManagedKeys, managed_variables
from sample_endpoint.hardened.middleware import BodyLimit, SafeErrors, SecurityHeaders
from sample_endpoint.hardened.throttling import (
    PUBLIC,
    RateLimitHeaders,
    limiter,
    throttled_by_address,
)

public = APIRouter()

_REFUSALS = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
)


@public.get("/health", tags=["health"])
@throttled_by_address(PUBLIC)
def health(request: Request) -> Health:  # noqa: ARG001 - slowapi looks for it by name
    """Say that the server answers; no key needed."""
    return Health()


def create_app(environ: Mapping[str, str]) -> FastAPI:
    """Build the application from settings; raise `SettingsError` if keys are missing.

    `SAMPLE_KEY_ALICE_SECRET` and its like name a key in a secret manager instead
    (`managed_keys.py`). `SAMPLE_ALLOWED_ORIGINS` and `SAMPLE_MODEL_HUBS` are comma-separated
    allow-lists, empty unless set: browsers of no other origin, and model cards from no hub.
    """
    managed = managed_variables(environ)
    accounts = load_accounts(environ, managed)
    keys = KeyRing(accounts)
    manager = ManagedKeys(environ, managed, keys) if managed else None
    app = FastAPI(
        title="Sentiment endpoint",
        version="1.0.0",
        docs_url=None,
        redoc_url=None,
        lifespan=manager.lifespan if manager else None,
        middleware=_middleware(_names(environ, "SAMPLE_ALLOWED_ORIGINS")),
    )
    app.state.services = build_services({**accounts, **managed})
    app.state.keys = keys
    app.state.trusted_hubs = frozenset(_names(environ, "SAMPLE_MODEL_HUBS"))
    app.state.limiter = limiter
    install_error_handlers(app)
    app.include_router(public)
    for module in (predictions, account, chat):
        app.include_router(module.router, responses=_documented(*_REFUSALS))
    app.include_router(admin.router, responses=_documented(*_REFUSALS, HTTPStatus.FORBIDDEN))
    return app


def create_app_from_environment() -> FastAPI:
    """Build the application as the process environment says."""
    return create_app(os.environ)


def _middleware(allowed_origins: list[str]) -> list[Middleware]:
    """Outermost first: what fails further in still gets the outer layers' treatment."""
    return [
        Middleware(SecurityHeaders),
        Middleware(SafeErrors),
        Middleware(
            CORSMiddleware,
            allow_origins=allowed_origins,
            allow_methods=["GET", "POST", "PATCH", "DELETE"],
            allow_headers=["Content-Type", "X-API-Key"],
            allow_credentials=False,
        ),
        Middleware(BodyLimit),
        Middleware(RateLimitHeaders),
    ]


def _documented(*refusals: HTTPStatus) -> dict[int | str, dict[str, object]]:
    return {status.value: {"model": ErrorBody, "description": status.phrase} for status in refusals}


def _names(environ: Mapping[str, str], variable: str) -> list[str]:
    return [name.strip() for name in environ.get(variable, "").split(",") if name.strip()]
