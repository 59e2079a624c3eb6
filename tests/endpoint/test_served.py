"""The code behind an operation: handler, what it calls, and nothing that it does not."""

from __future__ import annotations

from pathlib import Path

from scanner.engines._endpoint.handlers import map_code
from scanner.engines._endpoint.spec import parse_spec
from scanner.inventory import take_inventory
from scanner.model.files import FileKind

APP = """\
from fastapi import FastAPI
from . import prompts
from .helpers import clean as tidy

app = FastAPI()


def local(text):
    return tidy(text)


def untouched(text):
    return eval(text)


@app.post("/score")
def score(text: str):
    value = local(text)
    return prompts.build(value)


@app.get("/health")
def health():
    return {"untouched": 1}
"""
HELPERS = "def clean(text):\n    return clean_more(text)\n\n\ndef clean_more(t):\n    return t\n"
PROMPTS = "def build(text):\n    return 'x' + text\n\n\ndef other():\n    return 1\n"
SPEC = (
    '{"openapi": "3.0.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "/api"}],'
    '"paths": {"/score": {"post": {}}, "/health": {"get": {}}}}'
)


def test_a_handler_and_what_it_uses(tmp_path: Path) -> None:
    for name, text in {"app": APP, "helpers": HELPERS, "prompts": PROMPTS}.items():
        (tmp_path / "svc").mkdir(exist_ok=True)
        (tmp_path / "svc" / f"{name}.py").write_text(text)
    sources = take_inventory(tmp_path).of(FileKind.PYTHON)
    served = map_code(tmp_path, sources, parse_spec(SPEC, "s").operations)
    found = {
        one.operation: {f"{c.path}:{c.start_line}-{c.end_line}" for c in one.code} for one in served
    }
    assert found["GET /health"] == {"svc/app.py:22-24"}
    assert {
        "svc/app.py:16-19",
        "svc/app.py:8-9",
        "svc/prompts.py:1-2",
    } <= found["POST /score"]
    assert not any(
        "app.py:12" in place or "prompts.py:5" in place for place in found["POST /score"]
    )
    assert {one.place for one in served} == {"POST /api/score", "GET /api/health"}
