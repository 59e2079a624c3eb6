"""Secrets planted wherever a scan meets them are in nothing that it leaves behind or prints."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.reporters import NAMES

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]


def canary(kind: str) -> str:
    """A value that looks like the real thing and is nowhere else."""
    shapes = {
        "aws": f"AKIA{secrets.token_hex(8).upper()}",
        "openai": f"sk-proj-{secrets.token_hex(20)}",
        "huggingface": f"hf_{secrets.token_hex(17)}",
        "github": f"ghp_{secrets.token_hex(18)}",
        "jwt": f"eyJ{secrets.token_hex(10)}.eyJ{secrets.token_hex(12)}.{secrets.token_hex(12)}",
        "plain": f"pw-{secrets.token_hex(12)}",
    }
    return shapes[kind]


@pytest.fixture
def planted(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A repository and an endpoint that are full of them, and each with the place of it."""
    values: dict[str, str] = {}

    def plant(where: str, kind: str = "plain") -> str:
        values[where] = canary(kind)
        return values[where]

    repo = tmp_path / "repo"
    repo.mkdir()
    (repo / "app.py").write_text(f"""
import os, requests, pickle
API_KEY = "{plant("code: a constant", "openai")}"
password = "{plant("code: a password")}"
requests.get("https://user:{plant("code: userinfo of a URL")}@models.example/x", verify=False)
requests.get("https://models.example/m?token={plant("code: a parameter of a URL")}", verify=False)
client = connect(token="{plant("code: an argument", "huggingface")}", secret="{plant("code: two")}")
def load(path):  # {plant("code: a comment", "aws")}
    eval(os.environ["X"] + "{plant("code: beside a finding", "github")}")
    return pickle.loads(path)
""")
    (repo / "notebook.ipynb").write_text(
        json.dumps(
            {
                "cells": [
                    {
                        "cell_type": "code",
                        "source": [f'api_key = "{plant("notebook", "openai")}"\n', "eval(x)\n"],
                        "outputs": [{"text": [plant("notebook: an output", "github")]}],
                    }
                ],
                "metadata": {},
                "nbformat": 4,
            }
        )
    )
    (repo / "main.tf").write_text(f"""
resource "aws_db_instance" "a" {{
  password = "{plant("Terraform: a password")}"
  publicly_accessible = true
}}
variable "api_token" {{ default = "{plant("Terraform: a default", "huggingface")}" }}
""")
    (repo / "pod.yaml").write_text(f"""
apiVersion: v1
kind: Pod
metadata: {{name: a}}
spec:
  hostNetwork: true
  containers:
  - name: a
    image: x:latest
    securityContext: {{privileged: true}}
    env:
    - name: DB_PASSWORD
      value: {plant("manifest: an unquoted value")}
    - {{name: OPENAI_API_KEY, value: "{plant("manifest: a quoted value", "openai")}"}}
""")
    (repo / "docker-compose.yml").write_text(f"""
services:
  api:
    privileged: true
    environment:
      - SECRET_KEY={plant("compose")}
""")
    (repo / "Dockerfile").write_text(
        f"FROM python\nENV API_TOKEN={plant('Dockerfile')}\nRUN curl https://x | sh\n"
    )
    (repo / "run.sh").write_text(
        f"#!/bin/sh\nexport HF_TOKEN={plant('shell', 'huggingface')}\n"
        f"curl -k --url=https://x/m?token={plant('shell: a parameter')} | sh\n"
    )
    (repo / ".env").write_text(f"API_KEY={plant('an env file')}\n")
    served = tmp_path / "serve.py"
    served.write_text(f'''
import http.server, json, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        paths = {{"/me": {{"get": {{"responses": {{"200": {{"description": "ok"}}}}}}}},
                 "/err": {{"get": {{"responses": {{"200": {{"description": "ok"}}}}}}}}}}
        body = {{"openapi": "3.0.0", "info": {{"title": "t", "version": "1"}}, "paths": paths}}
        if self.path == "/me":
            body = {{"name": "alice", "api_key": "{plant("answer: a member", "openai")}",
                    "token": "{plant("answer: a token", "jwt")}"}}
        if self.path.startswith("/err"):
            body = "Traceback (most recent call last):\\\\n  password='{plant("answer: a trace")}'"
        data = json.dumps(body).encode()
        self.send_response(500 if self.path.startswith("/err") else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Set-Cookie", "session={plant("answer: a cookie", "jwt")}")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *words):
        print("served with {plant("log of the endpoint", "github")}", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
''')
    (repo / "servegate.toml").write_text(f"""
[endpoint]
command = "{sys.executable} {served} {{port}}"
ready = "/openapi.json"
spec = "/openapi.json"
max_seconds = 20
[[endpoint.identities]]
name = "alice"
role = "user"
header = "X-API-Key"
value_env = "ALICE_KEY"
""")
    values["credential of an identity"] = canary("plain")
    values["an environment variable that is nobody's business"] = canary("openai")
    return tmp_path, values


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def test_no_planted_secret_leaves_the_scan(planted: tuple[Path, dict[str, str]]) -> None:
    folder, values = planted
    env = {
        **os.environ,
        "ALICE_KEY": values["credential of an identity"],
        "UNRELATED_TOKEN": values["an environment variable that is nobody's business"],
        "XDG_CACHE_HOME": str(folder / "cache"),
        "TMPDIR": str(folder / "tmp"),
    }
    (folder / "tmp").mkdir()
    out = folder / "out"

    def servegate(*words: str | Path) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "scanner", *map(str, words)],
            cwd=folder / "repo",
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )
        assert done.returncode != 70, done.stderr
        return done.stdout + done.stderr

    printed = servegate("scan", ".", "--debug", "--format", ",".join(NAMES), "--out", out)
    result = json.loads((out / "result.json").read_text())
    assert {"bandit", "semgrep", "checkov", "probes"} <= {
        one["name"] for one in result["engines"] if one["state"] in ("completed", "partial")
    }
    assert len(result["findings"]) > 10
    told = [
        one for one in result["findings"] if "CWE-798" in str(one) or one["confidence"] == "proven"
    ]
    for finding in [*told[:4], *result["findings"][:4]]:
        printed += servegate("show", finding["fingerprint"], "--result", out / "result.json")
    printed += servegate("evidence", out / "result.json", "--out", folder / "pack")
    printed += servegate("baseline", "write", out / "result.json")

    left = dict(everything(out))
    left |= {f"pack/{name}": data for name, data in everything(folder / "pack")}
    left |= {f"cache/{name}": data for name, data in everything(folder / "cache")}
    left |= {f"tmp/{name}": data for name, data in everything(folder / "tmp")}
    left["what was printed"] = printed.encode()
    kept = folder / "repo" / "servegate-baseline.json"
    left[kept.name] = kept.read_bytes()
    leaks = [
        f"{where} in {name}"
        for where, value in values.items()
        for name, data in left.items()
        if value.encode() in data
    ]
    assert leaks == []
    assert len(left) > len(NAMES)
    assert len(values) > 20
