"""Injection: text of a caller leads to a file outside of where files are meant to be."""

from __future__ import annotations

import re
import secrets
from collections.abc import Generator

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import (
    Call,
    Conversation,
    Held,
    NotApplicable,
    Phase,
    Probe,
    Reply,
    Vulnerable,
    World,
)
from scanner.engines.dast.probes._injection import answered_call, text_inputs
from scanner.engines.dast.probes._inputs import Input, inputs
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

RULE = Rule(
    id=RuleId("dast/path-traversal"),
    engine="probes",
    stage=Stage.DAST,
    title="A caller's text leads to any file of the server",
    severity=Severity.CRITICAL,
    confidence=Confidence.PROVEN,
    rationale=(
        "Keys, configuration, weights and other tenants' uploads lie in files; a name with `../` "
        "in it reaches all of them."
    ),
    remediation=(
        "Look names up in a list of what there is; where a path must be made, resolve it and "
        "demand that it stays inside:\n\n"
        "    path = (ROOT / name).resolve()\n"
        "    if not path.is_relative_to(ROOT):\n"
        "        raise HTTPException(404)"
    ),
    cwe=("CWE-22",),
    owasp=("LLM05:2025",),
    controls=("INPUT-1", "INJ-1"),
    references=(
        "https://cwe.mitre.org/data/definitions/22.html",
        "https://cheatsheetseries.owasp.org/cheatsheets/Input_Validation_Cheat_Sheet.html",
    ),
)

_NAMES = re.compile(
    r"file|path|name|model|doc|template|page|dir|folder|key|version|lang|locale|config|report|log|"
    r"image|asset|adapter|checkpoint|artifact|resource|download|attachment|dataset|theme|id$",
    re.IGNORECASE,
)
# The first line of the list of users, plain or in base64.
_USERS = re.compile(r"root:[^:\n\"]{0,40}:0:0:|cm9vdDp4OjA6MD")
_UP = "../" * 9
_FIRST = (("steps upwards", f"{_UP}etc/{{file}}"), ("a path from the root", "/etc/{file}"))
_FILTERED = (
    ("steps that a filter makes", f"{'....//' * 9}etc/{{file}}"),
    ("encoded steps", f"{'..%2f' * 9}etc/{{file}}"),
    ("steps after the valid name", f"{{valid}}/{_UP}etc/{{file}}"),
)

Tested = Generator[Call, Reply, Vulnerable | None]


def converse(operation: Operation, world: World) -> Conversation:
    """Ask for a file that every system has, by two ways; then for one that none has."""
    valid = answered_call(operation, world)
    if isinstance(valid, NotApplicable):
        return valid
    places = text_inputs(operation, world, _NAMES)
    uploads = [one for one in inputs(operation, world) if one.place == "filename"]
    if not places and not uploads:
        return NotApplicable("nothing in it looks like the name of a file")
    for place in places:
        found = yield from _reads(operation, place)
        if found is not None:
            return found
    for place in uploads:
        found = yield from _stores(operation, place)
        if found is not None:
            return found
    return Held("no file of the system was shown")


def _reads(operation: Operation, place: Input) -> Tested:
    shown: list[tuple[str, Reply]] = []
    refused = False
    working = ""
    for what, template in (*_FIRST, *_FILTERED):
        # Other spellings only help against a filter, and a filter refuses.
        if len(shown) > 1 or ((what, template) not in _FIRST and not (refused or shown)):
            break
        reply = yield place.call(what, template.format(valid=place.value, file="passwd"))
        refused = refused or reply.status in (400, 403)
        if _USERS.search(reply.text):
            shown.append((what, reply))
            working = template
    if not shown:
        return None
    if len(shown) == 1:
        what, reply = shown[0]
        again = yield reply.call
        if not _USERS.search(again.text):
            return None
        shown.append((f"{what} again", again))
    name = f"sg-none-{secrets.token_hex(4)}"
    text = working.format(valid=place.value, file=name)
    absent = yield place.call("a file that no system has", text)
    if _USERS.search(absent.text):
        return None
    return Vulnerable(
        message=f"{operation} reads any file that {place.name} leads to",
        oracle=(
            f"By {shown[0][0]} and by {shown[1][0]} in {place.name}, the answer held the first "
            f"line of /etc/passwd; a file that no system has gave {absent.status} without it."
        ),
        proof=tuple(reply for _, reply in shown[:2]),
        controls=(absent,),
        parameter=place.name,
        marks=tuple(match[0] for _, reply in shown[:2] if (match := _USERS.search(reply.text))),
    )


def _stores(operation: Operation, place: Input) -> Tested:
    """The name that an upload is kept under still leads upwards, as the answer itself shows.

    The name is a random one, so that nothing can be overwritten.
    """
    name = f"sg{secrets.token_hex(6)}.png"
    plain = yield place.call("a plain name", name)
    kept = re.search(rf"([\w.\-/]*/){re.escape(name)}", plain.text)
    if not plain.ok or kept is None:
        return None
    word = f"sg{secrets.token_hex(6)}.png"
    reply = yield place.call("a name with a step upwards", f"../{word}")
    if not reply.ok or f"{kept[1]}../{word}" not in reply.text.replace("\\/", "/"):
        return None
    return Vulnerable(
        message=f"{operation} seems to keep an upload where its name leads to",
        oracle=(
            f"An upload called {name} was said to be kept in {kept[1][:60]}, and "
            f"one called ../{word} in the same folder with the step upwards left in."
        ),
        proof=(reply,),
        controls=(plain,),
        parameter=place.name,
        severity=Severity.HIGH,
        confidence=Confidence.TENTATIVE,
    )


PROBE = Probe(rule=RULE, converse=converse, max_requests=40, phase=Phase.WRITE)
