"""API8: a malformed request is answered with the inner life of the server."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec.structs import replace

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Call,
    Conversation,
    Held,
    Inconclusive,
    NotApplicable,
    Phase,
    Probe,
    Reply,
    Vulnerable,
    World,
)
from scanner.engines.dast.probes._caller import could_lock_out
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/verbose-error"),
    engine="probes",
    stage=Stage.DAST,
    title="Errors disclose the server's internals",
    severity=Severity.MEDIUM,
    confidence=Confidence.PROVEN,
    rationale=(
        "Tracebacks show paths, versions, queries and sometimes keys: what an attacker needs to "
        "choose the next step."
    ),
    remediation=(
        "Answer unexpected errors with a fixed text and an id, and log the traceback:\n\n"
        "    @app.exception_handler(Exception)\n"
        "    async def failed(request, error):\n"
        "        log.exception('request %s', request.state.id)\n"
        '        return JSONResponse({"detail": "internal error"}, status_code=500)'
    ),
    cwe=("CWE-209",),
    owasp=("API8:2023",),
    controls=("ERR-1",),
    references=(
        "https://owasp.org/API-Security/editions/2023/en/0xa8-security-misconfiguration/",
        "https://cwe.mitre.org/data/definitions/209.html",
    ),
)

_TRACES = re.compile(
    r"Traceback \(most recent call last\)"
    r"|File \\?[\"'][^\"'\n]{1,200}\\?[\"'], line \d+, in "
    r"|\bat [\w$.<>]+\([\w$]+\.java:\d+\)"
    r"|\bat [^\n()]{1,120} \(?(?:file://)?/[^\s:()]{1,200}\.[cm]?js:\d+:\d+\)?"
    r"|\b\w+\.go:\d+ \+0x[0-9a-f]+"
    r"|thread '[^'\n]{1,60}' panicked at "
    r"|(?:psycopg2?|sqlite3|pymysql|sqlalchemy)\.(?:errors?|exc)?\.?\w*(?:Error|Exception)\b"
    r"|You have an error in your SQL syntax"
    r"|System\.[A-Z]\w+Exception:"
)


def converse(operation: Operation, world: World) -> Conversation:
    """Send what the handler does not expect, and look for a traceback that a good call lacks."""
    if operation.destructive:
        return NotApplicable("not called, since it may destroy")
    valid = world.baselines.get(str(operation))
    if valid is None:
        return NotApplicable("it was not called")
    if valid.status == 0:
        return Inconclusive(valid.fault)
    sent, answered = 0, 0
    for call in _malformed(operation, valid, world):
        reply = yield call
        sent += 1
        answered += reply.status != 0
        # A success may quote a traceback: a search result, a page of documentation, a model.
        trace = None if reply.ok else _TRACES.search(reply.text)
        if trace and not _TRACES.search(valid.text):
            return _vulnerable(operation, reply, valid, trace[0])
    if _TRACES.search(valid.text) and not valid.ok:
        again = yield replace(valid.call, label="the same call again")
        if trace := _TRACES.search(again.text):
            return _vulnerable(operation, again, None, trace[0])
    if not sent:
        return NotApplicable("it takes no input")
    if not answered:
        return Inconclusive("no malformed call was answered")
    return Held("malformed calls get a plain error")


def _malformed(operation: Operation, valid: Reply, world: World) -> Iterator[Call]:
    name = valid.call.identity
    base = world.build(operation, name, "malformed")
    for last in operation.path_parameters[-1:]:
        for value in ("not-a-number", "-1", "'", "9" * 40):
            yield world.build(operation, name, f"{last} = {value[:14]}", ids={last: value})
    for parameter in [one for one in operation.parameters if one.place == "query"][:4]:
        for value in ("'\"[{", "9" * 40):
            query = (
                *(pair for pair in base.query if pair[0] != parameter.name),
                (parameter.name, value),
            )
            yield replace(base, label=f"{parameter.name} = {value[:14]}", query=query)
    yield from _broken_files(base)
    if base.json_body is not None:
        yield replace(
            base,
            label="a body that is not JSON",
            json_body=None,
            raw_body=b'{"broken": ',
            media_type="application/json",
        )
        yield replace(base, label="a list for a body", json_body=[[]])
        if isinstance(base.json_body, dict):
            yield from _wrong_fields(operation, base, base.json_body)


def _broken_files(base: Call) -> Iterator[Call]:
    """Uploads that begin as they should and end too early, or are of another kind."""
    for index, (name, filename, data) in enumerate(base.files):
        if not filename:
            continue
        for label, broken in (
            ("cut in half", data[: len(data) // 2]),
            ("empty", b""),
            ("plain text", b"servegate"),
        ):
            files = list(base.files)
            files[index] = (name, filename, broken)
            yield replace(base, label=f"a file that is {label}", files=tuple(files))


def _wrong_fields(operation: Operation, base: Call, body: dict[str, object]) -> Iterator[Call]:
    for field in [one for one in body if not could_lock_out(operation, one, nonsense=True)][:6]:
        for value in (None, {"a": [1]}, "not-a-number", -(10**30), ""):
            if value != body[field]:
                shown = "null" if value is None else str(value)[:14]
                yield replace(base, label=f"{field} = {shown}", json_body={**body, field: value})


def _vulnerable(
    operation: Operation, reply: Reply, control: Reply | None, trace: str
) -> Vulnerable:
    return Vulnerable(
        message=f"{operation} answers a malformed request ({reply.call.label}) with internals",
        oracle=(
            f"The answer ({reply.status}) holds {trace[:60]!r}"
            + (", which the answer to a valid call does not." if control else ".")
        ),
        proof=(reply,),
        controls=(control,) if control else (),
    )


PROBE = Probe(rule=RULE, converse=converse, max_requests=50, phase=Phase.WRITE)
