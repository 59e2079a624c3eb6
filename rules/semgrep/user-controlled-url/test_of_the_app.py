import requests
from fastapi import FastAPI
from fastapi.testclient import TestClient

app = FastAPI()
client = TestClient(app)


@app.get("/proxy")
def proxy(path: str):
    # ok: user-controlled-url
    return client.get(path).json()


@app.get("/mirror")
def mirror(url: str):
    # ruleid: user-controlled-url
    return requests.get(url, timeout=5).json()
