import codecs
import os
from pathlib import Path

import torch
from fastapi import FastAPI, HTTPException, UploadFile
from fastapi.responses import FileResponse
from flask import request, send_file
from pydantic import BaseModel
from werkzeug.utils import secure_filename

app = FastAPI()
MODEL_DIR = Path("/models")
MODELS = {"small": "/models/small.pt"}


class Load(BaseModel):
    model_name: str
    version: int


@app.post("/load")
def load(body: Load):
    # ruleid: path-traversal
    path = os.path.join("/models", body.model_name)
    # ok: path-traversal
    weights = torch.load(MODELS[body.model_name], weights_only=True)
    # ok: path-traversal
    versioned = open(f"/models/v{body.version}.json")
    # ok: path-traversal
    named = os.path.join("/models", os.path.basename(body.model_name))
    return path, weights, versioned, named


@app.get("/files/{name}")
async def files(name: str):
    # ruleid: path-traversal
    return FileResponse(f"/data/{name}")


@app.get("/resolved/{name}")
async def resolved(name: str):
    # ruleid: path-traversal
    return (MODEL_DIR / name).resolve().read_bytes()


@app.get("/confined/{name}")
async def confined(name: str):
    # ok: path-traversal
    path = (MODEL_DIR / name).resolve()
    if not path.is_relative_to(MODEL_DIR):
        raise HTTPException(404)
    # ok: path-traversal
    return FileResponse(path)


@app.get("/joined/{name}")
async def joined(name: str):
    # ok: path-traversal
    path = os.path.realpath(os.path.join("/models", name))
    if os.path.commonpath([path, "/models"]) != "/models":
        raise HTTPException(404)
    # ok: path-traversal
    with open(path) as source:
        return source.read()


@app.get("/listed/{name}")
async def listed(name: str):
    if name not in MODELS:
        raise HTTPException(404)
    # ok: path-traversal
    return FileResponse(f"/models/{name}")


@app.post("/upload")
async def upload(file: UploadFile):
    # ruleid: path-traversal
    with open("/uploads/" + file.filename, "wb") as target:
        target.write(await file.read())
    # ok: path-traversal
    with open("/uploads/" + secure_filename(file.filename), "wb") as target:
        target.write(await file.read())


@app.route("/download")
def download():
    # ruleid: path-traversal
    return send_file(request.args["path"])


def cached(name):
    # ok: path-traversal
    return open(os.path.join("/cache", name))


class Logs:
    def resolve_filename(self, name):
        path = (self.root / os.path.abspath(name)).resolve()
        path.relative_to(self.root)
        return path

    async def Stream(self, request, context):
        # ok: path-traversal
        with open(self.resolve_filename(request.name)) as source:
            return source.read()


@app.get("/raw/{name}")
def raw(name: str):
    folder = Path("/models")
    # ruleid: path-traversal
    path = folder / name
    # ruleid: path-traversal
    with codecs.open(f"/models/{name}", "r", "utf-8") as source:
        return path.exists(), source.read()


@app.get("/raw-confined/{name}")
def raw_confined(name: str):
    folder = Path("/models")
    # ok: path-traversal
    path = (folder / name).resolve()
    if not str(path).startswith(str(folder)):
        raise HTTPException(404)
    return path.exists()


@mcp.tool()
def send(file: str):
    target = os.path.abspath(file)
    if not is_in_or_equal(target, FOLDER):
        raise ValueError(file)
    # ok: path-traversal
    with open(target, "rb") as source:
        return source.read()


@app.get("/text/{name}")
def text_of(name: str):
    # ruleid: path-traversal
    return open(name).read()


@app.get("/digest/{name}")
def digest_of(name: str):
    # ruleid: path-traversal
    digest = hashlib.sha256(open(name, "rb").read())
    # ruleid: path-traversal
    plain = re.sub("<[^>]+>", "", open(name).read())
    return digest.hexdigest(), plain


@app.post("/stored")
def stored(upload: UploadFile):
    content = upload.file.read()
    # ok: path-traversal
    with open(hashlib.sha256(content).hexdigest(), "wb") as target:
        target.write(content)
    index = re.sub("[^a-z]", "", upload.filename)
    # ok: path-traversal
    return open(index).read()
