import textwrap
from pathlib import Path

import jinja2
from jinja2 import Environment, FileSystemLoader, Template
from jinja2.nativetypes import NativeEnvironment
from jinja2.sandbox import ImmutableSandboxedEnvironment

REPORT = "Hello {{ name }}"


def format_prompt(template: str, **values):
    # ruleid: unsandboxed-template
    return Template(template).render(**values)


def chat(tokenizer_config, messages):
    environment = Environment(trim_blocks=True)
    environment.globals["raise_exception"] = print
    # ruleid: unsandboxed-template
    compiled = environment.from_string(tokenizer_config["chat_template"])
    return compiled.render(messages=messages)


def native(expression):
    # ruleid: unsandboxed-template
    return NativeEnvironment().from_string(expression).render()


def joined(system, question):
    # ruleid: unsandboxed-template
    return jinja2.Template(f"{system}: {{{{ question }}}}").render(question=question)


class Formatter:
    def __init__(self, template):
        self.environment = jinja2.Environment(autoescape=True)
        self.template = template

    def format(self, **values):
        # ruleid: unsandboxed-template
        return self.environment.from_string(self.template).render(**values)


def sandboxed(template: str, **values):
    box = ImmutableSandboxedEnvironment()
    # ok: unsandboxed-template
    first = box.from_string(template).render(**values)
    # ok: unsandboxed-template
    second = ImmutableSandboxedEnvironment().from_string(template).render(**values)
    return first, second


def constant(name):
    # ok: unsandboxed-template
    first = Template("Hello {{ name }}").render(name=name)
    # ok: unsandboxed-template
    second = Template(REPORT).render(name=name)
    page = Path(__file__).with_name("page.html.j2").read_text()
    # ok: unsandboxed-template
    third = Template(page).render(name=name)
    # ok: unsandboxed-template
    fourth = Environment().from_string(Path("page.j2").read_text(encoding="utf-8"))
    # ok: unsandboxed-template
    fifth = Template(textwrap.dedent("Hello"), autoescape=True)
    pages = Environment(loader=FileSystemLoader("pages"), autoescape=True)
    # ok: unsandboxed-template
    sixth = pages.get_template("index.html").render(name=name)
    # ok: unsandboxed-template
    seventh = Template(constant.__doc__ or name.__doc__).render()
    return first, second, third, fourth, fifth, sixth, seventh
