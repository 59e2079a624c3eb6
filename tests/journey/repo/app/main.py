"""A sentiment model behind an API."""

import os
import pickle

from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel

app = FastAPI(title="sentiment")


class Text(BaseModel):
    """What is judged."""

    text: str


def load_model(path: str):
    """Words and their weights."""
    if not os.path.exists(path):
        return {"good": 1.0, "bad": -1.0}
    with open(path, "rb") as file:
        return pickle.load(file)


MODEL = load_model(os.environ.get("MODEL_PATH", "model.pkl"))


@app.get("/health")
def health() -> dict[str, str]:
    """Whether the model is there."""
    return {"status": "ok"}


@app.post("/predict")
def predict(request: Text, x_api_key: str = Header(default="")) -> dict[str, float]:
    """How a text sounds."""
    if x_api_key != os.environ.get("API_KEY"):
        raise HTTPException(401, "no valid key")
    words = request.text.lower().split()
    return {"score": sum(MODEL.get(word, 0.0) for word in words)}
