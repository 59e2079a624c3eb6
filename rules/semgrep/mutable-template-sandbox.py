from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment


class StrictEnvironment(SandboxedEnvironment):
    def is_safe_attribute(self, obj, attr, value):
        return False


def render(template, **values):
    # ruleid: mutable-template-sandbox
    return SandboxedEnvironment().from_string(template).render(**values)


def render_messages(chat_template, messages):
    box = SandboxedEnvironment(trim_blocks=True)
    # ruleid: mutable-template-sandbox
    return box.from_string(chat_template).render(messages=messages)


def render_safely(template, **values):
    # ok: mutable-template-sandbox
    first = ImmutableSandboxedEnvironment().from_string(template).render(**values)
    # ok: mutable-template-sandbox
    second = StrictEnvironment().from_string(template).render(**values)
    # ok: mutable-template-sandbox
    third = SandboxedEnvironment().from_string("Hello {{ name }}").render(**values)
    return first, second, third
