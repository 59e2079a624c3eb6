import base64
import hmac
import io
import json
import pickle

import cloudpickle
import torch
from fastapi import Depends, FastAPI, HTTPException, Request, UploadFile
from pydantic import BaseModel

app = FastAPI()


class Tensor(BaseModel):
    data: str
    signature: str


@app.post("/predict")
async def predict(request: Request, model=Depends(get_model)):
    # ruleid: untrusted-input-in-deserialization
    features = pickle.loads(await request.body())
    # ok: untrusted-input-in-deserialization
    values = json.loads(await request.body())
    return model(features, values)


@app.post("/embeddings")
def embeddings(body: Tensor):
    raw = base64.b64decode(body.data)
    # ruleid: untrusted-input-in-deserialization
    first = torch.load(io.BytesIO(raw))
    # ok: untrusted-input-in-deserialization
    second = torch.load(io.BytesIO(raw), weights_only=True)
    return first, second


@app.post("/upload")
def upload(file: UploadFile):
    # ruleid: untrusted-input-in-deserialization
    return pickle.load(file.file)


@app.post("/signed")
def signed(body: Tensor):
    raw = base64.b64decode(body.data)
    if not hmac.compare_digest(sign(raw), body.signature):
        raise HTTPException(403)
    # ok: untrusted-input-in-deserialization
    return pickle.loads(raw)


def worker(socket):
    frames = socket.recv_multipart()
    # ruleid: untrusted-input-in-deserialization
    return cloudpickle.loads(frames[1])


def from_disk(path):
    with open(path, "rb") as source:
        # ok: untrusted-input-in-deserialization
        return pickle.load(source)


@app.post("/with-key")
async def load_for_whom_has_a_key(request: Request):
    if not verify_api_key(request.headers["x-api-key"]):
        raise HTTPException(401)
    # ruleid: untrusted-input-in-deserialization
    return pickle.loads(await request.body())


@app.post("/signed")
async def load_what_is_signed(request: Request):
    body = await request.body()
    if not hmac.compare_digest(sign(body), request.headers["x-signature"]):
        raise HTTPException(401)
    # ok: untrusted-input-in-deserialization
    return pickle.loads(body)
