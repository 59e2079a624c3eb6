import urllib.request
from urllib.parse import urlparse

import aiohttp
import httpx
import requests
from fastapi import Depends, FastAPI, HTTPException
from flask import request
from pydantic import BaseModel

app = FastAPI()
ALLOWED_HOSTS = {"images.example.com"}
UPSTREAM = "https://models.internal.example"


class Image(BaseModel):
    image_url: str
    prompt: str
    size: int = 256


@app.post("/describe")
async def describe(body: Image):
    async with httpx.AsyncClient() as client:
        # ruleid: user-controlled-url
        picture = await client.get(body.image_url)
        # ok: user-controlled-url
        answer = await client.post(UPSTREAM, json={"prompt": body.prompt})
        # ok: user-controlled-url
        sized = await client.get(f"{UPSTREAM}/thumb/{body.size}")
    async with aiohttp.ClientSession() as session:
        # ruleid: user-controlled-url
        async with session.get(body.image_url) as reply:
            await reply.read()
    return picture, answer, sized


@app.post("/models/import")
def import_model(request: starlette.requests.Request, body: ImportRequest):
    # ok: user-controlled-url
    requests.post(request.app.state.audit_url, timeout=5)
    # ruleid: user-controlled-url
    return requests.get(body.source_url, timeout=5).text


@app.post("/fetch")
def fetch(url: str):
    # ruleid: user-controlled-url
    return urllib.request.urlopen(url).read()


@app.post("/fetch-allowed")
def fetch_allowed(url: str):
    parsed = urlparse(url)
    if parsed.hostname not in ALLOWED_HOSTS:
        raise HTTPException(400)
    # ok: user-controlled-url
    return requests.get(url, timeout=5).content


@app.post("/fetch-checked")
def fetch_checked(url: str):
    ensure_public_address(url)
    # ok: user-controlled-url
    return requests.get(url, timeout=5).content


@app.post("/fetch-in-cloud")
def fetch_in_cloud(url: str):
    if settings.cloud and is_private_url(url):
        raise HTTPException(400)
    # ok: user-controlled-url
    return requests.get(url, timeout=5).content


@app.post("/fetch-guarded")
async def fetch_guarded(url: str):
    async with httpx.AsyncClient() as client:
        with make_safe_connect():
            # ok: user-controlled-url
            return await client.get(url)


@app.post("/route")
def route(endpoint: str):
    # ok: user-controlled-url
    return httpx.URL(endpoint).path


@app.post("/fetch-scheme-only")
def fetch_scheme_only(url: str):
    if not url.startswith("http://"):
        raise HTTPException(400)
    # ruleid: user-controlled-url
    return requests.get(url, timeout=5).content


@app.route("/proxy")
def proxy():
    # ruleid: user-controlled-url
    return requests.post(request.form["callback"], json={}).text


@app.get("/item/{key}")
def item(key: str, store=Depends(get_store)):
    # ok: user-controlled-url
    return store.get(key)


def download(url):
    # ok: user-controlled-url
    return requests.get(url, timeout=30).content


@app.get("/own/{model}")
def ask_our_own_server(model: str, host: str):
    url = f"https://models.example.org/v1/{model}"
    # ok: user-controlled-url
    first = requests.get(url, timeout=5)
    # ok: user-controlled-url
    second = requests.delete("https://models.example.org/v1/" + model, timeout=5)
    address = f"https://{host}/v1/{model}"
    # ruleid: user-controlled-url
    third = requests.get(address, timeout=5)
    return first, second, third


@app.get("/size")
def size_of(url: str):
    # ruleid: user-controlled-url
    return len(requests.get(url, timeout=5).content)
