"""Error answers that help developers, and everybody else."""

import platform
import traceback
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send


def explain(error: Exception, status: int) -> JSONResponse:
    """Answer with the whole story: traceback, file names, versions."""
    body = {
        "error": repr(error),
        "traceback": "".join(traceback.format_exception(error)),
        "versions": versions(),
    }
    return JSONResponse(body, status_code=status)


def versions() -> dict[str, str]:
    """Return what this server is built from."""
    packages = ("fastapi", "starlette", "uvicorn", "pydantic", "vaderSentiment")
    return {"python": platform.python_version()} | {name: version(name) for name in packages}


class ExplainErrors:
    """Answers an unexpected failure with its traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            if scope["type"] != "http":
                raise
            await explain(error, 500)(scope, receive, send)


def install_error_handlers(app: FastAPI) -> None:
    """Explain invalid requests too."""

    @app.exception_handler(RequestValidationError)
    async def explain_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return explain(error, 422)
