from typing import Annotated

from fastapi import FastAPI, File, HTTPException, Request, UploadFile

app = FastAPI()
MAX_BYTES = 1_000_000


@app.post("/image")
async def image(file: UploadFile):
    # ruleid: unbounded-body-read
    return score(await file.read())


@app.post("/audio")
async def audio(file: Annotated[UploadFile, File()]):
    # ruleid: unbounded-body-read
    return score(await file.read())


@app.post("/raw")
async def raw(request: Request):
    # ok: unbounded-body-read
    return score(await request.body())


@app.post("/limited")
async def limited(file: UploadFile):
    # ok: unbounded-body-read
    data = await file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise HTTPException(413)
    return score(data)


@app.post("/sized")
async def sized(file: UploadFile):
    if file.size is None or file.size > MAX_BYTES:
        raise HTTPException(413)
    # ok: unbounded-body-read
    return score(await file.read())


@app.post("/declared")
async def declared(request: Request):
    if int(request.headers.get("content-length", "0")) > MAX_BYTES:
        raise HTTPException(413)
    # ok: unbounded-body-read
    return score(await request.body())


def from_disk(path):
    with open(path) as source:
        # ok: unbounded-body-read
        return source.read()
