"""The vulnerable application."""

import itertools
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from starlette.middleware.cors import CORSMiddleware

from sample_endpoint.core.accounts import load_accounts
from sample_endpoint.core.schemas import Health
from sample_endpoint.core.services import build_services
from sample_endpoint.vulnerable import account, admin, chat, jobs, predictions
from sample_endpoint.vulnerable.errors import ExplainErrors, install_error_handlers, versions
from sample_endpoint.vulnerable.fuses import BodyFuse, PlayPen


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pen = PlayPen()
    yield
    app.state.pen.close()


def create_app() -> FastAPI:
    """Build the application; raise `SettingsError` if keys are missing."""
    accounts = load_accounts(os.environ)
    app = FastAPI(  # weakness: debug-server
        title="Sentiment endpoint", version="1.0.0", debug=True, lifespan=_lifespan
    )
    app.add_middleware(ExplainErrors)
    app.add_middleware(  # weakness: cors
        CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_credentials=True
    )
    app.add_middleware(BodyFuse)
    app.state.accounts = accounts
    app.state.services = build_services(accounts)
    app.state.job_numbers = itertools.count(1)
    app.state.upstream_token = secrets.token_hex(20)
    app.state.staff_phrase = os.environ.get("SAMPLE_STAFF_PHRASE", f"amber-{secrets.token_hex(4)}")
    install_error_handlers(app)
    for module in (predictions, jobs, account, chat, admin):
        app.include_router(module.router)

    @app.get("/health", tags=["health"])
    def health() -> Health:
        """Say that the server answers."""
        return Health()

    @app.get("/debug", include_in_schema=False)
    def debug_page(request: Request) -> dict[str, object]:
        """Show what the server is made of."""
        return {"versions": versions(), "url": str(request.url), "folder": str(app.state.pen.root)}

    return app
