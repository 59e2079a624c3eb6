"""The dynamic trouble cases, each driven through the real command against its own server."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import Done, case, processes_in, servegate

pytestmark = pytest.mark.e2e
COMMAND = f"{sys.executable} server.py {{port}}"
ENDPOINT = ("--only", "probes", "--command", COMMAND)


def requests_of(folder: Path, name: str = "requests.log") -> list[dict[str, Any]]:
    log = folder / name
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def configure(folder: Path, text: str = "", *, spec: str = "/openapi.json") -> None:
    lines = f"[endpoint]\ncommand = {json.dumps(COMMAND)}\nspec = {json.dumps(spec)}\n{text}"
    (folder / "servegate.toml").write_text(lines)


def identity(header: str, value_env: str, prefix: str = "") -> str:
    return (
        '[[endpoint.identities]]\nname = "alice"\n'
        f'header = "{header}"\nvalue_env = "{value_env}"\nprefix = "{prefix}"\n'
    )


def found(done: Done) -> set[tuple[str, str]]:
    """Every finding as (rule, operation)."""
    return {
        (entry["rule_id"], f"{entry['location']['method']} {entry['location']['path']}")
        for entry in done.result["findings"]
    }


def gaps(done: Done) -> dict[str, str]:
    return {gap["subject"]: gap["reason"] for gap in done.engine("probes")["gaps"]}


def test_429_everywhere(tmp_path: Path) -> None:
    folder = case("dast-429-everywhere", tmp_path)
    configure(folder, 'ready = "/healthz"\n')
    done = servegate(".", "--only", "probes", cwd=folder)
    assert done.code == 3
    assert done.seconds < 60
    assert len(requests_of(folder)) < 200
    assert done.engine("probes")["state"] == "partial"
    assert any("rate limited" in reason for reason in gaps(done).values())
    assert not any("rate" in rule for rule, _ in found(done))


def test_auth_alias(tmp_path: Path) -> None:
    folder = case("dast-auth-alias", tmp_path)
    configure(folder, 'ready = "/health"\n' + identity("Authorization", "KEY", "Bearer "))
    done = servegate(".", "--only", "probes", cwd=folder, env={"KEY": "sk-EXAMPLE"})
    open_doors = {op for rule, op in found(done) if rule == "dast/missing-authentication"}
    assert open_doors == {"POST /invocations", "GET /v1/cache"}
    assert "sk-EXAMPLE" not in "".join(p.read_text() for p in done.out.iterdir())


@pytest.mark.parametrize("url", ["", "/", "/api/v1/"])
def test_base_path_slash(tmp_path: Path, url: str) -> None:
    folder = case("dast-base-path-slash", tmp_path)
    where = f"http://127.0.0.1:{{port}}{url}"
    spec = ("--spec", "/api/v1/openapi.json", "--url", where)
    done = servegate(".", *ENDPOINT, *spec, cwd=folder)
    assert done.engine("probes")["state"] == "completed", gaps(done)
    paths = {row["p"].split("?")[0] for row in requests_of(folder)}
    assert {"/api/v1/predict", "/api/v1/items/", "/api/v1/"} <= paths
    assert not [path for path in paths if "//" in path or "/api/v1/api" in path]


@pytest.mark.parametrize("allowed", [False, True])
def test_destructive_operations(tmp_path: Path, allowed: bool) -> None:
    folder = case("dast-destructive-ops", tmp_path)
    configure(folder, f"allow_destructive = {str(allowed).lower()}\n")
    done = servegate(".", "--only", "probes", cwd=folder)
    sent = requests_of(folder)
    destroying = [
        (row["m"], row["p"])
        for row in sent
        if row["m"] in ("DELETE", "PUT") or row["p"].endswith(("/unload", "/shutdown"))
    ]
    if allowed:
        assert destroying
        return
    assert not destroying
    assert {row["m"] for row in sent} <= {"GET", "POST", "OPTIONS", "HEAD"}
    (note,) = [n for n in done.engine("probes")["notes"] if n.startswith("skipped: destructive")]
    for operation in (
        "DELETE /models/{name}",
        "PUT /models/{name}",
        "POST /v2/repository/models/{name}/unload",
        "POST /admin/shutdown",
    ):
        assert operation in note
    assert done.engine("probes")["state"] == "completed", gaps(done)


def test_multipart_image(tmp_path: Path) -> None:
    folder = case("dast-multipart-image", tmp_path)
    done = servegate(".", *ENDPOINT, cwd=folder)
    images = [
        row for row in requests_of(folder) if "multipart/form-data; boundary" in (row["ct"] or "")
    ]
    assert any("PNG" in row["body"] and 'filename="' in row["body"] for row in images)
    assert "never answered" not in str(done.engine("probes")["notes"])
    assert ("dast/verbose-error", "POST /predict") in found(done)


def test_prod_server_url(tmp_path: Path) -> None:
    folder = case("dast-prod-server-url", tmp_path)
    canary = subprocess.Popen([sys.executable, "canary.py", "18999"], cwd=folder)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", 18999), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        done = servegate(".", *ENDPOINT, cwd=folder)
    finally:
        canary.kill()
        canary.wait()
    assert requests_of(folder, "canary.log") == []
    sent = {(row["m"], row["p"]) for row in requests_of(folder)}
    assert {("POST", "/v1/predict"), ("GET", "/v1/models")} <= sent
    assert not [path for _, path in sent if path.startswith("/v1/v1")]
    assert done.engine("probes")["state"] == "completed", gaps(done)


def test_self_signed_tls(tmp_path: Path) -> None:
    folder = case("dast-self-signed-tls", tmp_path)
    words = (".", *ENDPOINT, "--url", "https://localhost:{port}", "--spec", "/openapi.json")
    refused = servegate(*words, "--start-timeout", "20", cwd=folder)
    assert refused.code == 3
    assert refused.seconds < 15
    assert "--ca-file" in refused.text
    assert "Traceback" not in refused.text
    for option in (("--ca-file", "cert.pem"), ("--insecure",)):
        done = servegate(*words, *option, cwd=folder)
        assert ("dast/missing-authentication", "GET /models") in found(done)
        assert "InsecureRequestWarning" not in done.text


def test_slow_inference(tmp_path: Path) -> None:
    folder = case("dast-slow-inference", tmp_path)
    configure(folder, "request_timeout = 2\noperation_seconds = 5\n")
    done = servegate(".", "--only", "probes", cwd=folder, env={"DELAY": "6"})
    assert done.code == 3
    assert done.seconds < 40
    assert gaps(done)["POST /predict"].startswith("partly tested: no answer in time")
    assert not [entry for entry in found(done) if entry[1] == "POST /predict"]
    slow = tmp_path / "slow"
    slow.mkdir()
    folder = case("dast-slow-inference", slow)
    configure(folder, "operation_seconds = 4\n")
    done = servegate(".", "--only", "probes", cwd=folder, env={"DELAY": "1.5"})
    assert done.code == 3
    assert "calls answered" in gaps(done)["POST /predict"]


def test_spec_behind_auth(tmp_path: Path) -> None:
    folder = case("dast-spec-behind-auth", tmp_path)
    configure(folder, 'ready = "/healthz"\n')
    done = servegate(".", "--only", "probes", cwd=folder)
    assert done.code == 3
    assert "login page" in done.text
    configure(folder, 'ready = "/healthz"\n' + identity("X-API-Key", "KEY"))
    done = servegate(".", "--only", "probes", cwd=folder, env={"KEY": "k-EXAMPLE"})
    assert len(done.engine("probes")["targets"]) == 2


def test_spec_versions(tmp_path: Path) -> None:
    folder = case("dast-spec-versions", tmp_path)
    results = []
    for document in ("openapi30.yaml", "openapi31.json", "swagger2.json"):
        (folder / "requests.log").unlink(missing_ok=True)
        done = servegate(".", *ENDPOINT, "--spec", document, "--ready", "/healthz", cwd=folder)
        assert done.engine("probes")["targets"] == ["GET /models/{id}", "POST /score"], document
        important = {
            row
            for row in found(done)
            if row[0] in ("dast/missing-authentication", "dast/verbose-error")
        }
        results.append(important)
        sent = requests_of(folder)
        assert not [row for row in sent if row["host"] and not row["host"].startswith("127.0.0.1")]
    assert results[0] == results[1] == results[2]
    assert results[0] >= {
        ("dast/missing-authentication", "POST /api/score"),
        ("dast/verbose-error", "GET /api/models/{id}"),
    }


def test_sse_endless(tmp_path: Path) -> None:
    folder = case("dast-sse-endless", tmp_path)
    done = servegate(".", *ENDPOINT, "--budget", "60", cwd=folder)
    assert done.seconds < 90
    assert set(done.engine("probes")["targets"]) == {
        "GET /events",
        "GET /v1/models",
        "POST /v1/chat/completions",
    }
    assert ("GET", "/v1/models") in {(row["m"], row["p"]) for row in requests_of(folder)}


def test_token_expires(tmp_path: Path) -> None:
    folder = case("dast-token-expires", tmp_path)
    configure(folder, identity("Authorization", "KEY", "Bearer "))
    done = servegate(".", "--only", "probes", cwd=folder, env={"KEY": "good-EXAMPLE"})
    assert done.code == 3
    assert any(
        "the credential of alice stopped working" in reason for reason in gaps(done).values()
    )
    assert "good-EXAMPLE" not in "".join(p.read_text() for p in done.out.iterdir())


def test_a_token_that_expires_is_fetched_again(tmp_path: Path) -> None:
    folder = case("dast-token-expires", tmp_path)
    login = 'login = { path = "/token", token = "access_token" }\nprefix = "Bearer "\n'
    configure(folder, f'[[endpoint.identities]]\nname = "alice"\n{login}')
    done = servegate(".", "--only", "probes", cwd=folder)
    assert done.engine("probes")["state"] == "completed", gaps(done)
    assert ("dast/verbose-error", "POST /v1/boom") in found(done)
    assert "fresh-EXAMPLE" not in "".join(p.read_text() for p in done.out.iterdir())


def test_sarif_of_dynamic_findings(tmp_path: Path) -> None:
    folder = case("report-sarif-dast-uri", tmp_path)
    done = servegate(".", *ENDPOINT, cwd=folder)
    assert {op for rule, op in found(done) if rule == "dast/verbose-error"} == {
        "GET /",
        "GET /v1/models/{model name}",
    }
    (run,) = json.loads((done.out / "results.sarif").read_text())["runs"]
    assert run["results"]
    for result in run["results"]:
        place = result["locations"][0]["physicalLocation"]
        uri = place["artifactLocation"]["uri"]
        assert uri
        assert not uri.startswith("/")
        assert ":" not in uri
        assert not set(uri) & set("{} ")
        assert place["region"]["startLine"] >= 1


def test_dot_server(tmp_path: Path) -> None:
    """A server of `.`, and a multipart service method, as BentoML's documents have them."""
    folder = case("dast-dot-server", tmp_path)
    image = {"type": "object", "properties": {"image": {"type": "string", "format": "binary"}}}
    texts = {
        "type": "object",
        "properties": {"texts": {"type": "array", "items": {"type": "string"}}},
    }
    paths = {
        path: {"post": {"requestBody": {"content": {media: {"schema": schema}}}, "responses": {}}}
        for path, media, schema in (
            ("/classify", "application/json", texts),
            ("/embed_image", "multipart/form-data", image),
            ("/chat", "application/json", texts),
            ("/v2/generate", "application/json", texts),
        )
    }
    document = {"openapi": "3.0.2", "info": {}, "servers": [{"url": "."}], "paths": paths}
    (folder / "docs.json").write_text(json.dumps(document))
    servegate(".", *ENDPOINT, "--spec", "/docs.json", cwd=folder)
    sent = [row for row in requests_of(folder) if row["m"] == "POST"]
    assert {"/classify", "/embed_image", "/chat", "/v2/generate"} <= {row["p"] for row in sent}
    (first, *_) = [row for row in sent if row["p"] == "/embed_image"]
    assert first["ct"].startswith("multipart/form-data; boundary=")


def test_huge_specification_within_a_budget(tmp_path: Path) -> None:
    folder = case("dast-huge-spec-budget", tmp_path)
    paths = {
        f"/team/{n}/{'delete' if n % 10 == 0 else 'info'}": {
            "get": {"responses": {}},
            "post": {"responses": {}},
        }
        for n in range(490)
    }
    document = {"openapi": "3.1.0", "info": {}, "paths": paths}
    (folder / "openapi.json").write_text(json.dumps(document))
    done = servegate(".", *ENDPOINT, "--budget", "8", cwd=folder)
    assert done.code == 3
    assert done.seconds < 30
    called = set(done.engine("probes")["targets"])
    skipped = " ".join(done.engine("probes")["notes"])
    for path in paths:
        for method in ("GET", "POST"):
            name = f"{method} {path}"
            assert name in called or name in gaps(done) or f"{name}," in f"{skipped},", name
    assert (done.out / "report.html").stat().st_size < 5_000_000
    assert len(done.result["findings"]) < 20
    assert not processes_in(folder)


def test_a_server_without_a_specification_is_known_by_its_paths(tmp_path: Path) -> None:
    folder = case("dast-sse-endless", tmp_path)
    server = (folder / "server.py").read_text()
    (folder / "server.py").write_text(
        server.replace("    spec = openapi(", "    unused = openapi(")
    )
    done = servegate(".", *ENDPOINT, "--budget", "40", cwd=folder)
    assert "POST /v1/chat/completions" in done.engine("probes")["targets"]
    assert any("OpenAI-compatible" in note for note in done.engine("probes")["notes"])


def test_an_endpoint_that_breaks_under_attack_is_said_to(tmp_path: Path) -> None:
    folder = case("dast-stdout-flood", tmp_path)
    (folder / "server.py").write_text(
        "from mini import H, op, openapi, serve\n"
        "BROKEN = []\n"
        'BODY = {"type": "object", "properties": {"x": {"type": "number"}}}\n'
        "class S(H):\n"
        '    spec = openapi({"/a/predict": {"post": op("p", BODY)}, "/models": {"get": op("m")}})\n'
        "    def route(self):\n"
        '        if self.command == "POST" and not isinstance(self.jbody(), dict):\n'
        "            BROKEN.append(1)\n"
        '        self.send(500 if BROKEN else 200, {"y": 1})\n'
        "serve(S)\n"
    )
    done = servegate(".", *ENDPOINT, cwd=folder)
    assert done.code == 3
    reason = gaps(done)["endpoint"]
    assert "the endpoint broke under dast/" in reason
    assert "GET /models worked before and gives 500" in reason
