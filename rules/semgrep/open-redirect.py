from urllib.parse import urlsplit

import flask
from fastapi import FastAPI, HTTPException
from fastapi.responses import RedirectResponse
from flask import request, url_for

app = FastAPI()
BASE = "https://models.example.com"


@app.get("/login")
def login(next_url: str):
    # ruleid: open-redirect
    return RedirectResponse(next_url)


@app.route("/go")
def go():
    # ruleid: open-redirect
    return flask.redirect(request.args.get("target", "/"))


@app.get("/bounce")
def bounce(host: str):
    # ruleid: open-redirect
    return RedirectResponse(url=f"https://{host}/login")


@app.get("/models/{name}/latest")
def latest(name: str):
    # ok: open-redirect
    return RedirectResponse(f"/models/{name}/versions")


@app.get("/hub/{name}")
def hub(name: str):
    # ok: open-redirect
    return RedirectResponse("https://hub.example.com/" + name)


@app.get("/files/{name}")
def files(name: str):
    # ok: open-redirect
    return RedirectResponse(f"{BASE}/files/{name}")


@app.get("/back")
def back(target: str):
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        raise HTTPException(400)
    # ok: open-redirect
    return RedirectResponse(target)


@app.route("/safe")
def safe():
    target = request.args["next"]
    if not is_safe_url(target):
        flask.abort(400)
    # ok: open-redirect
    return flask.redirect(target)


@app.route("/home")
def home():
    # ok: open-redirect
    return flask.redirect(url_for("index", tab=request.args.get("tab")))
