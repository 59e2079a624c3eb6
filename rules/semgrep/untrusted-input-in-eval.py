import ast
import importlib
from enum import Enum
from typing import Annotated

import sympy
from fastapi import Depends, FastAPI, Request
from flask import request
from pydantic import BaseModel

app = FastAPI()
OPERATIONS = {"sum": sum, "max": max}
ALLOWED_BACKENDS = ("torch", "onnx")


class Evaluation(BaseModel):
    expression: str
    operation: str = "sum"
    count: int = 1


class Mode(str, Enum):
    FAST = "fast"


@app.post("/evaluate")
async def evaluate(body: Evaluation):
    # ruleid: untrusted-input-in-eval
    total = eval(body.expression)
    # ok: untrusted-input-in-eval
    literal = ast.literal_eval(body.expression)
    # ok: untrusted-input-in-eval
    size = eval(f"2 ** {body.count}")
    # ok: untrusted-input-in-eval
    chosen = OPERATIONS[body.operation]([1, 2])
    return total, literal, size, chosen


@app.get("/transform/{name}")
def transform(name: str, mode: Mode, model=Depends(load_model)):
    # ruleid: untrusted-input-in-eval
    result = getattr(model, name)()
    # ok: untrusted-input-in-eval
    known = getattr(model, mode)()
    # ok: untrusted-input-in-eval
    described = getattr(model, "describe")()
    # ok: untrusted-input-in-eval
    width = getattr(model, name, None)
    return result, known, described, width


@app.post("/raw")
async def raw(http_request: Request, settings: Annotated[dict, Depends(get_settings)]):
    payload = await http_request.json()
    # ruleid: untrusted-input-in-eval
    exec(payload["code"], {})
    # ok: untrusted-input-in-eval
    exec(settings["warm_up"])
    return {}


@app.post("/predict")
def predict(request: Request, body: PredictRequest):
    # ok: untrusted-input-in-eval
    scale = eval(request.app.state.scale)
    # ruleid: untrusted-input-in-eval
    return scale * eval(body.formula)


@app.post("/v1/chat/completions")
def complete(request: ChatCompletionRequest, raw: fastapi.Request):
    # ok: untrusted-input-in-eval
    limit = eval(raw.app.state.limit)
    # ruleid: untrusted-input-in-eval
    return eval(request.logit_bias) + limit


@app.route("/legacy")
def legacy():
    # ruleid: untrusted-input-in-eval
    return str(sympy.sympify(request.args.get("formula")))


@app.get("/backend")
def backend(name: str):
    if name not in ALLOWED_BACKENDS:
        raise ValueError(name)
    # ok: untrusted-input-in-eval
    return importlib.import_module(name)


def answer(llm, question):
    text = llm.invoke(f"Write Python for: {question}")
    # ruleid: untrusted-input-in-eval
    exec(text)


def compute(client, question):
    reply = client.chat.completions.create(model="m", messages=[{"role": "user", "content": question}])
    code = reply.choices[0].message.content.strip()
    # ruleid: untrusted-input-in-eval
    return PythonREPL().run(code)


def run_pipeline(model, batch):
    # ok: untrusted-input-in-eval
    model.eval()
    # ok: untrusted-input-in-eval
    return model.run(batch)


@app.post("/number")
def number(expression: str, first: str, second: str):
    # ruleid: untrusted-input-in-eval
    total = int(eval(expression))
    left, right = int(first), float(second)
    # ok: untrusted-input-in-eval
    middle = eval(f"({left} + {right}) / 2")
    # ruleid: untrusted-input-in-eval
    return total if bool(eval(expression)) else middle
