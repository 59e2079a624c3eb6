from __future__ import annotations

import pickle
import re
import threading
import urllib.request

import pytest

from scanner.engines.dast.conversation import Call, Held, Inconclusive, NotApplicable
from scanner.engines.dast.listener import UNPICKLED, Listener, marker_pickle
from scanner.engines.dast.probes.code_in_loaded_model import PROBE
from tests.probes.harness import LISTENER, Answer, Heard, Server, api, obj, talk

UPLOAD = "POST /v1/models"
IMPORT = "POST /v1/models/import"
FILE = {
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "schema": obj("file", file={"type": "string", "format": "binary"})
            }
        }
    }
}


def upload() -> dict[str, object]:
    document = api(UPLOAD)
    document["paths"]["/v1/models"]["post"].update(FILE)
    return document


def by_url() -> dict[str, object]:
    return api(IMPORT, body_post_v1_models_import=obj("url", url="string"))


def load(content: bytes, heard: Heard) -> None:
    """What an unsafe loader does with our marker, without running it."""
    found = re.search(rb"S'(\S+)'", content)
    if content.startswith(b"curllib.request") and found:
        heard.fetch(found[1].decode())


def loads_files(heard: Heard) -> Server:
    def serve(call: Call) -> Answer:
        for _, _, content in call.files:
            load(content, heard)
        return Answer(201)

    return serve


def loads_by_url(heard: Heard, *, unsafely: bool) -> Server:
    def serve(call: Call) -> Answer:
        url = str((call.json_body or {}).get("url", ""))
        if url.startswith(LISTENER):
            heard.fetch(url)
            name = re.search(r"/artefact/(\w+)\.pkl", url)
            if name and unsafely:
                load(marker_pickle(LISTENER, name[1]), heard)
        return Answer(202)

    return serve


def test_an_upload_that_is_unpickled() -> None:
    heard = Heard()
    found = talk(PROBE, UPLOAD, upload(), loads_files(heard), heard=heard).found
    assert found.parameter == "file"


def test_an_upload_that_is_only_kept() -> None:
    heard = Heard()
    verdict = talk(PROBE, UPLOAD, upload(), lambda _: Answer(201), heard=heard).verdict
    assert isinstance(verdict, Held)


def test_an_address_that_is_fetched_and_unpickled() -> None:
    heard = Heard()
    serve = loads_by_url(heard, unsafely=True)
    assert talk(PROBE, IMPORT, by_url(), serve, heard=heard).found.parameter == "url"


def test_an_address_that_is_only_fetched() -> None:
    heard = Heard()
    serve = loads_by_url(heard, unsafely=False)
    assert isinstance(talk(PROBE, IMPORT, by_url(), serve, heard=heard).verdict, Held)


def test_an_upload_that_a_limiter_stops_is_not_called_safe() -> None:
    verdict = talk(PROBE, UPLOAD, upload(), lambda _: Answer(429)).verdict
    assert isinstance(verdict, Inconclusive)


def test_what_is_loaded_a_moment_later_is_found_too() -> None:
    heard = Heard()
    later: list[str] = []

    def serve(call: Call) -> Answer:
        # The job of one request is done when the next one comes.
        while later:
            load(marker_pickle(LISTENER, later.pop()), heard)
        url = str((call.json_body or {}).get("url", ""))
        if name := re.search(r"/artefact/(\w+)\.pkl", url):
            later.append(name[1])
        return Answer(202)

    document = api(IMPORT, body_post_v1_models_import=obj("url", url="string", image_url="string"))
    found = talk(PROBE, IMPORT, document, serve, heard=heard).found
    assert found.parameter


def test_without_an_artefact_it_does_not_apply() -> None:
    document = api(IMPORT, body_post_v1_models_import=obj("name", name="string"))
    verdict = talk(PROBE, IMPORT, document, lambda _: Answer(202)).verdict
    assert isinstance(verdict, NotApplicable)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_marker_does_its_one_thing_where_it_is_really_loaded() -> None:
    with Listener() as listener:
        content = urllib.request.urlopen(f"{listener.url}/artefact/ab12.pkl", timeout=5).read()
        assert content == marker_pickle(listener.url, "ab12")
        assert not listener.heard(UNPICKLED)
        thread = threading.Thread(target=pickle.loads, args=(content,))
        thread.start()
        thread.join(5)
        assert listener.heard(f"{UNPICKLED}ab12")
