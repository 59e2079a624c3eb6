from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from flask import request

app = FastAPI()
ALLOWED_ORIGINS = {"https://app.example.com"}


@app.middleware("http")
async def open_to_all(http_request: Request, call_next):
    response = await call_next(http_request)
    origin = http_request.headers.get("origin")
    if origin:
        # ruleid: reflected-cors-origin
        response.headers["Access-Control-Allow-Origin"] = origin
    return response


@app.middleware("http")
async def open_to_ours(http_request: Request, call_next):
    response = await call_next(http_request)
    origin = http_request.headers.get("origin")
    if origin in ALLOWED_ORIGINS:
        # ok: reflected-cors-origin
        response.headers["Access-Control-Allow-Origin"] = origin
    # ok: reflected-cors-origin
    response.headers["X-Request-Id"] = http_request.headers.get("x-request-id", "")
    return response


@app.options("/v1/chat")
async def preflight(http_request: Request):
    # ruleid: reflected-cors-origin
    headers = {"Access-Control-Allow-Origin": http_request.headers["Origin"]}
    # ok: reflected-cors-origin
    fixed = {"Access-Control-Allow-Origin": "https://app.example.com"}
    return JSONResponse({}, headers={**headers, **fixed})


def after(response):
    origin = request.headers.get("Origin", "")
    if not is_ours(origin):
        return response
    # ok: reflected-cors-origin
    response.headers.add("Access-Control-Allow-Origin", origin)
    return response
