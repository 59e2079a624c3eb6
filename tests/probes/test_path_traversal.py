from __future__ import annotations

import base64
import itertools
import posixpath
from collections.abc import Callable
from urllib.parse import unquote

import pytest

from scanner.engines.dast.conversation import Call, Held, NotApplicable
from scanner.engines.dast.probes.path_traversal import PROBE
from scanner.model.severity import Confidence
from tests.probes.harness import Answer, Server, Talk, api, obj, talk

READ = "GET /files/{file_name}"
QUERY = "GET /report"
LOAD = "POST /load"
DOCUMENT = api(
    READ,
    QUERY,
    LOAD,
    parameters_get_report=[{"name": "page", "in": "query", "schema": {"type": "string"}}],
    body_post_load=obj("model", model="string"),
)
PASSWD = "root:x:0:0:root:/root:/bin/bash\n"
FILES = {"/srv/files/servegate": "hello", "/etc/passwd": PASSWD}


def name_of(call: Call) -> str:
    if call.path == "/load":
        return str(call.json_body["model"])
    return str(dict(call.query).get("page") or unquote(call.path.rsplit("/", 1)[-1]))


Clean = Callable[[str], str | None]


def reading(clean: Clean = lambda name: name, *, join: bool = True) -> Server:
    """A server that opens what a name leads to; `clean` is its filter, None means refused."""

    def server(call: Call) -> Answer:
        name = clean(name_of(call))
        if name is None:
            return Answer(400, {"detail": "bad name"})
        path = posixpath.join("/srv/files", name) if join else f"/srv/files/{name}"
        found = FILES.get(posixpath.normpath(path))
        return Answer(200, {"content": found}) if found else Answer(404, {"detail": "no such file"})

    return server


def said(operation: str, server: Server) -> Talk:
    return talk(PROBE, operation, DOCUMENT, server)


@pytest.mark.parametrize("operation", [READ, QUERY, LOAD])
@pytest.mark.parametrize(
    "server",
    [
        reading(),
        reading(join=False),
        reading(lambda name: None if name.startswith((".", "/")) else name),
        reading(lambda name: None if name.startswith("/") else name.replace("../", "")),
        reading(lambda name: None if "../" in name or name[0] == "/" else unquote(name)),
    ],
)
def test_file_of_the_system_is_read(operation: str, server: Server) -> None:
    found = said(operation, server).found
    assert len(found.proof) == 2
    assert [one.status for one in found.controls] == [404]


def test_content_in_base64() -> None:
    inner = reading()

    def server(call: Call) -> Answer:
        made = inner(call)
        if made.status != 200 or not isinstance(made.body, dict):
            return made
        return Answer(200, {"data": base64.b64encode(made.body["content"].encode()).decode()})

    assert said(READ, server).found


def inside_only(name: str) -> str | None:
    path = posixpath.normpath(posixpath.join("/srv/files", name))
    return name if path.startswith("/srv/files/") else None


def always_shows_users(_call: Call) -> Answer:
    return Answer(200, PASSWD)


def manual(call: Call) -> Answer:
    """A page that quotes the line whatever follows /etc/."""
    return Answer(200, PASSWD if "etc/" in name_of(call) else "hello")


def once() -> Server:
    calls = itertools.count()

    def server(call: Call) -> Answer:
        shown = "passwd" in name_of(call) and next(calls) == 0
        return Answer(200, PASSWD if shown else "hello")

    return server


@pytest.mark.parametrize(
    "make",
    [
        lambda: reading(inside_only),
        lambda: always_shows_users,
        lambda: manual,
        once,
        lambda: lambda call: Answer(200, {"you": name_of(call)}),
        lambda: lambda _call: Answer(404),
    ],
)
@pytest.mark.parametrize("operation", [READ, QUERY, LOAD])
def test_innocent(operation: str, make: Callable[[], Server]) -> None:
    assert isinstance(said(operation, make()).verdict, Held)


def test_few_requests_where_nothing_is_filtered() -> None:
    assert len(said(READ, lambda _call: Answer(404)).calls) == 2


def uploads() -> dict[str, object]:
    document = api("POST /upload")
    schema = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
    content = {"multipart/form-data": {"schema": schema}}
    document["paths"]["/upload"]["post"]["requestBody"] = {"content": content}
    return document


def storing(clean: Callable[[str], str], folder: str = "/srv/uploads/") -> Server:
    return lambda call: Answer(201, {"saved": f"{folder}{clean(call.files[0][1])}"})


def test_upload_is_kept_where_its_name_leads() -> None:
    talked = talk(PROBE, "POST /upload", uploads(), storing(lambda name: name))
    assert talked.found.confidence is Confidence.TENTATIVE
    names = [call.files[0][1] for call in talked.calls]
    assert all("etc" not in name for name in names)


@pytest.mark.parametrize(
    "server",
    [
        storing(posixpath.basename),
        storing(lambda name: name, folder=""),
        lambda call: Answer(400 if "/" in call.files[0][1] else 201, f"/srv/{call.files[0][1]}"),
        lambda _call: Answer(422),
    ],
)
def test_upload_is_kept_in_its_place(server: Server) -> None:
    assert isinstance(talk(PROBE, "POST /upload", uploads(), server).verdict, Held)


@pytest.mark.parametrize("status", [0, 401, 403, 429])
def test_no_valid_call(status: int) -> None:
    verdict = said(READ, lambda _call: Answer(status, fault="x")).verdict
    assert isinstance(verdict, NotApplicable)


def test_nothing_like_a_file() -> None:
    document = api("POST /greet", body_post_greet=obj("greeting", greeting="string"))
    talked = talk(PROBE, "POST /greet", document, lambda _call: Answer(200, {}))
    assert isinstance(talked.verdict, NotApplicable)
