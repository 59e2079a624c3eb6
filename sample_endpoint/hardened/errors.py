"""Error answers: one shape, and never a word about the inside."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from slowapi.errors import RateLimitExceeded
from starlette.exceptions import HTTPException

MAX_PLACES = 5
"""Places that an answer to an invalid request names."""


class ErrorDetail(BaseModel):
    """What went wrong, for programs (`code`) and for people (`message`)."""

    code: str
    message: str


class ErrorBody(BaseModel):
    """The body of every error answer."""

    error: ErrorDetail


class ApiError(Exception):
    """A refusal that the caller may read."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        message: str,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


def error_response(
    status: HTTPStatus, code: str, message: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Build an error answer."""
    body = ErrorBody(error=ErrorDetail(code=code, message=message))
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)


def install_error_handlers(app: FastAPI) -> None:
    """Give every expected failure the one shape; unexpected ones are `SafeErrors`' work."""
    app.exception_handler(ApiError)(_refused)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(RateLimitExceeded)(_too_many)


async def _refused(_: Request, error: ApiError) -> JSONResponse:
    return error_response(error.status, error.code, error.message, error.headers)


async def _http_error(_: Request, error: HTTPException) -> JSONResponse:
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers) if error.headers else None
    return error_response(status, status.name.lower(), status.phrase, headers)


async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
    # Our own field names only: messages, inputs and unknown names would echo what was sent.
    places = sorted(
        {
            ".".join(str(part) for part in item["loc"])
            for item in error.errors()
            if item["type"] != "extra_forbidden"
        }
    )
    where = ", ".join(places[:MAX_PLACES]) or "unknown fields"
    return error_response(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid_request",
        f"The request does not fit the schema: {where}.",
    )


async def _too_many(_: Request, __: RateLimitExceeded) -> JSONResponse:
    return error_response(
        HTTPStatus.TOO_MANY_REQUESTS, "rate_limited", "Too many requests; try again later."
    )
