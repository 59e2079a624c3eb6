from fastapi import Depends, FastAPI
from flask import request
from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel

app = FastAPI()
SYSTEM_PROMPT = "You answer questions about invoices."
PERSONAS = {"brief": "Answer in one sentence.", "long": "Answer in detail."}


class Question(BaseModel):
    question: str
    persona: str
    limit: int = 3


@app.post("/ask")
async def ask(body: Question, client=Depends(get_client)):
    # ruleid: prompt-in-privileged-role
    first = [{"role": "system", "content": f"You help {body.persona}."}]
    # ruleid: prompt-in-privileged-role
    second = [SystemMessage(content="Rules:\n" + body.question)]
    # ok: prompt-in-privileged-role
    third = [
        {"role": "system", "content": SYSTEM_PROMPT},
        {"role": "user", "content": body.question},
    ]
    # ok: prompt-in-privileged-role
    fourth = [SystemMessage(content=PERSONAS[body.persona]), HumanMessage(content=body.question)]
    # ok: prompt-in-privileged-role
    fifth = [{"role": "system", "content": f"Give at most {body.limit} answers."}]
    return client.run(first, second, third, fourth, fifth)


@app.route("/chat")
def chat():
    # ruleid: prompt-in-privileged-role
    return send({"role": "developer", "content": request.json["instructions"]})


def build(system_prompt):
    # ok: prompt-in-privileged-role
    return {"role": "system", "content": system_prompt}
