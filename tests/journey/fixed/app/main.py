"""A sentiment model behind an API."""

import hmac
import json
import os
import time
from collections import deque

from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="sentiment", docs_url=None, redoc_url=None)


class Text(BaseModel):
    """What is judged."""

    text: str = Field(max_length=2000)


def load_model(path: str) -> dict[str, float]:
    """Words and their weights."""
    if not os.path.exists(path):
        return {"good": 1.0, "bad": -1.0}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


MODEL = load_model(os.environ.get("MODEL_PATH", "model.json"))


CALLS: deque[float] = deque()


def limited() -> None:
    """Sixty calls a minute, whoever makes them."""
    now = time.monotonic()
    while CALLS and now - CALLS[0] > 60:
        CALLS.popleft()
    if len(CALLS) >= 60:
        raise HTTPException(429, "too many calls", {"Retry-After": "60"})
    CALLS.append(now)


def caller(x_api_key: str = Header(default=""), _limit: None = Depends(limited)) -> str:
    """Whoever has the key."""
    wanted = os.environ["API_KEY"]
    if not hmac.compare_digest(x_api_key.encode(), wanted.encode()):
        raise HTTPException(401, "no valid key")
    return "caller"


@app.get("/health")
def health() -> dict[str, str]:
    """Whether the model is there."""
    return {"status": "ok"}


@app.post("/predict")
def predict(request: Text, _caller: str = Depends(caller)) -> dict[str, float]:
    """How a text sounds."""
    words = request.text.lower().split()
    return {"score": sum(MODEL.get(word, 0.0) for word in words)}
