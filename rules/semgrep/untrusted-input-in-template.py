import jinja2
from fastapi import FastAPI
from flask import render_template_string, request
from jinja2 import Environment, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment
from pydantic import BaseModel

app = FastAPI()
environment = Environment(autoescape=True)
TEMPLATES = {"plain": "Hello {{ name }}"}


class Chat(BaseModel):
    chat_template: str
    name: str


@app.post("/chat")
def chat(body: Chat):
    # ruleid: untrusted-input-in-template
    prompt = Template(body.chat_template).render(name=body.name)
    # ruleid: untrusted-input-in-template
    second = environment.from_string(body.chat_template)
    # ok: untrusted-input-in-template
    third = Template("Hello {{ name }}").render(name=body.name)
    # ok: untrusted-input-in-template
    fourth = jinja2.Template(TEMPLATES[body.name]).render()
    # ok: untrusted-input-in-template
    fifth = SandboxedEnvironment().from_string(body.chat_template).render()
    safe = ImmutableSandboxedEnvironment(trim_blocks=True)
    # ok: untrusted-input-in-template
    sixth = safe.from_string(body.chat_template)
    return prompt, second, third, fourth, fifth, sixth


@app.route("/greet")
def greet():
    name = request.args.get("name")
    # ruleid: untrusted-input-in-template
    page = render_template_string("<h1>Hello %s</h1>" % name)
    # ok: untrusted-input-in-template
    safe = render_template_string("<h1>Hello {{ name }}</h1>", name=name)
    return page + safe
