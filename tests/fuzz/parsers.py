"""Every parser of foreign data, with a document that it takes and the errors that are its own."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scanner.cli.baseline import baseline_entries, baseline_text, read_baseline
from scanner.cli.waivers import read_waivers
from scanner.config import load_settings
from scanner.engines._endpoint.spec import parse_spec
from scanner.engines._notebook import NotANotebook, read_notebook
from scanner.engines._workspace import Workspace
from scanner.engines.bandit import engine as bandit
from scanner.engines.checkov import answer
from scanner.engines.dast.conversation import Call
from scanner.engines.manifests import documents
from scanner.engines.models.formats import examine
from scanner.engines.redteam.garak import read_garak
from scanner.engines.redteam.promptfoo import read_promptfoo
from scanner.engines.secrets.engine import found_in
from scanner.engines.semgrep import engine as semgrep
from scanner.engines.zap.reports import read_report
from scanner.engines.zizmor import engine as zizmor
from scanner.kinds import is_bundle, kinds_of
from scanner.model.errors import ServegateError
from scanner.redact import redact
from scanner.reporters import json_v1, reporter
from tests.endpoint.test_hostile import client, server, whole
from tests.models import make
from tests.reporters import factory

LONGEST = 5.0


def workspace(root: Path) -> Workspace:
    (root / "tree").mkdir(exist_ok=True)
    (root / "tree" / "a.py").write_text("eval(x)\n" * 20)
    names = {"a.py": "a.py"}
    return Workspace(root=root / "tree", scratch=root, originals=names, staged=dict(names), gaps=())


@dataclass(frozen=True)
class Parser:
    """A parser over bytes in a folder, a document that it takes, and what it may raise.

    The document is bytes, text, or what JSON holds.
    """

    name: str
    seed: Any
    parse: Callable[[bytes, Path], object]
    errors: tuple[type[BaseException], ...] = (ServegateError,)

    @property
    def folder(self) -> str:
        """Where its corpus lies."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower())

    def right(self) -> bytes:
        """The document, as the parser is given it."""
        if isinstance(self.seed, bytes):
            return self.seed
        return (self.seed if isinstance(self.seed, str) else json.dumps(self.seed)).encode()


def holds(parser: Parser, given: bytes, folder: Path) -> None:
    """Whatever is given: an answer or an error of the parser's own in one line, and soon."""
    began = time.monotonic()
    try:
        parser.parse(given, folder)
    except parser.errors as error:
        said = str(error)
        assert said
        assert "\n" not in said.strip()[:2000]
    assert time.monotonic() - began < LONGEST, "it took too long"


def a_file(read: Callable[[Path], object]) -> Callable[[bytes, Path], object]:
    def parse(text: bytes, folder: Path) -> object:
        path = folder / "given"
        path.write_bytes(text)
        return read(path)

    return parse


def text(read: Callable[[str], object]) -> Callable[[bytes, Path], object]:
    return lambda given, _folder: read(given.decode("utf-8", "replace"))


def _baseline() -> str:
    scan = factory.few()
    return baseline_text(baseline_entries(scan.findings), scan)


RESULT = json.loads(reporter("json").render(factory.few()))
OPENAPI = {
    "openapi": "3.0.0",
    "info": {"title": "t", "version": "1"},
    "servers": [{"url": "/api/{v}", "variables": {"v": {"default": "1"}}}],
    "paths": {
        "/jobs/{id}": {
            "parameters": [{"name": "id", "in": "path", "schema": {"type": "integer"}}],
            "post": {
                "operationId": "x",
                "security": [{"key": []}],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}
                },
                "responses": {"200": {"description": "ok"}},
            },
        }
    },
    "components": {
        "schemas": {
            "A": {
                "type": "object",
                "required": ["a"],
                "properties": {
                    "a": {"type": "string", "format": "uuid", "maxLength": 4},
                    "b": {"$ref": "#/components/schemas/A"},
                    "c": {"oneOf": [{"type": "array", "items": {"enum": [1]}}, {"type": "null"}]},
                },
            }
        },
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
    },
}
BANDIT = {
    "errors": [{"filename": "a.py", "reason": "syntax"}],
    "metrics": {"a.py": {"loc": 3}, "_totals": {"loc": 3}},
    "results": [
        {
            "code": "eval(x)",
            "col_offset": 0,
            "end_col_offset": 7,
            "filename": "a.py",
            "issue_confidence": "HIGH",
            "issue_severity": "MEDIUM",
            "issue_text": "eval",
            "line_number": 2,
            "line_range": [2],
            "test_id": "B307",
            "test_name": "eval",
        }
    ],
}
SEMGREP = {
    "version": "1.0",
    "results": [
        {
            "check_id": "x.unsafe-yaml-load",
            "path": "a.py",
            "start": {"line": 2, "col": 1, "offset": 0},
            "end": {"line": 2, "col": 8, "offset": 7},
            "extra": {"message": "m", "lines": "x", "metadata": {}},
        }
    ],
    "errors": [{"level": "warn", "message": "m", "path": "a.py", "type": ["Timeout", {}]}],
    "paths": {"scanned": ["a.py"]},
}
CHECKOV = [
    {
        "check_type": "terraform",
        "results": {
            "passed_checks": [],
            "failed_checks": [
                {
                    "check_id": "CKV_AWS_20",
                    "check_name": "n",
                    "check_result": {"result": "FAILED"},
                    "file_abs_path": "/a.tf",
                    "file_path": "/a.tf",
                    "file_line_range": [1, 3],
                    "resource": "aws_s3_bucket.a",
                    "evaluations": None,
                }
            ],
            "skipped_checks": [],
            "parsing_errors": ["/b.tf"],
        },
        "summary": {"checkov_version": "3.3.30"},
    }
]
ZAP = {
    "@version": "2.17.0",
    "site": [
        {
            "@name": "http://127.0.0.1",
            "alerts": [
                {
                    "pluginid": "40012",
                    "alertRef": "40012",
                    "name": "XSS",
                    "riskcode": "3",
                    "confidence": "2",
                    "cweid": "79",
                    "desc": "<p>d</p>",
                    "instances": [{"uri": "http://127.0.0.1/a?b=1", "method": "GET", "param": "b"}],
                }
            ],
        }
    ],
}
NOTEBOOK = {
    "cells": [{"cell_type": "code", "source": ["%%time\n", "x = 1\n", "!ls"], "outputs": []}],
    "metadata": {"kernelspec": {"language": "python"}},
    "nbformat": 4,
}
MANIFEST = """apiVersion: v1
kind: Pod
metadata: {name: &n a, labels: {x: *n}}
spec:
  containers:
  - {name: a, image: "x", env: [{name: A, value: !!str 1}]}
---
kind: List
apiVersion: v1
items: []
"""
SETTINGS = """[scan]
exclude = ["a/"]
[gate]
fail_on = "high"
required = ["sast"]
[endpoint]
command = "x {port}"
[[endpoint.identities]]
name = "a"
role = "user"
header = "X"
value_env = "A"
"""
WAIVERS = """[[waiver]]
rule = "B307"
path = "src/**"
reason = "r"
owner = "o"
until = 2099-01-01
"""
GARAK = "\n".join(
    json.dumps(row)
    for row in (
        {"entry_type": "init", "garak_version": "0.17", "run": "r"},
        {"entry_type": "eval", "probe": "p.A", "detector": "d", "passed": 3, "total_evaluated": 5},
        {"entry_type": "completion", "end_time": "x"},
    )
)
PROMPTFOO = {
    "results": {
        "results": [
            {
                "success": False,
                "vars": {},
                "metadata": {"pluginId": "pii"},
                "response": {"output": 1},
            }
        ],
        "version": 3,
    }
}
MODELS = {
    "a.pkl": make.evil(),
    "a.joblib": make.joblib_plain(),
    "a.pt": make.torch_file(make.evil(2)),
    "legacy.pt": make.legacy(make.harmless(), bytes(16)),
    "a.npy": make.described(make.fields("'<f4'"), bytes(4)),
    "a.keras": make.keras("Lambda"),
    "a.h5": make.hdf5(b'{"class_name": "Lambda"}')[:20] + b'{"class_name": "Lambda"}',
    "a.onnx": make.onnx(b"../x"),
    "a.safetensors": make.safetensors(),
    "a.gguf": make.gguf("{{ x.__class__ }}"),
}
_LINE = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + "aB3dE6gH9jK2mN5pQ8rT1vW4yZ7cF0xX"
PEM = f"-----BEGIN PRIVATE KEY-----\n{_LINE}\n{_LINE}\n-----END PRIVATE KEY-----\n"
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
    b"Set-Cookie: a=b; Max-Age=3; Path=/\r\nRetry-After: 1\r\nTransfer-Encoding: chunked\r\n"
    b'\r\n7\r\n{"a": 1\r\n1\r\n}\r\n0\r\n\r\n'
)


def answered(given: bytes) -> object:
    """What the client of probes makes of these bytes where an HTTP answer should come."""
    with server(whole(given)) as origin, closing(client(origin, timeout=0.5)) as one:
        reply = one.send_at_once(Call(label="x", method="GET", path="/"))
        return reply.status, reply.text, dict(reply.headers)


PARSERS = (
    Parser("result.json", RESULT, text(json_v1.load)),
    Parser("baseline", json.loads(_baseline()), a_file(read_baseline)),
    Parser("waivers", WAIVERS, a_file(read_waivers)),
    Parser("configuration", SETTINGS, a_file(lambda path: load_settings(path, {}))),
    Parser("OpenAPI as JSON", OPENAPI, text(lambda given: parse_spec(given, "x"))),
    Parser("OpenAPI as YAML", json.dumps(OPENAPI, indent=1), text(lambda g: parse_spec(g, "x"))),
    Parser(
        "bandit's output",
        BANDIT,
        lambda given, folder: bandit.parse([given], workspace(folder), (), "1"),
    ),
    Parser("semgrep's output", SEMGREP, lambda given, _folder: semgrep.parse(given, 0, "")),
    Parser("checkov's output", CHECKOV, lambda given, _folder: answer.read(given, 1, "")),
    Parser(
        "zizmor's output",
        [{"ident": "x", "desc": "d", "url": "u", "determinations": {}, "locations": []}],
        lambda given, folder: zizmor.parse(given, "", workspace(folder), (), "1"),
    ),
    Parser("ZAP's report", ZAP, text(lambda given: read_report(given, "x", None))),
    Parser("garak's report", GARAK, text(lambda given: read_garak(given, "x"))),
    Parser("promptfoo's report", PROMPTFOO, text(lambda given: read_promptfoo(given, "x"))),
    Parser(
        "manifest",
        MANIFEST,
        text(lambda given: documents.read("a.yaml", given)),
        (documents.Unreadable,),
    ),
    Parser("notebook", NOTEBOOK, lambda given, _folder: read_notebook(given), (NotANotebook,)),
    Parser("redaction", SETTINGS + MANIFEST + GARAK, text(redact), ()),
    Parser(
        "kinds of file",
        MANIFEST,
        lambda given, _folder: [
            kinds_of("a.yaml", lambda size: given[:size]),
            kinds_of("a.json", lambda size: given[:size]),
            is_bundle(lambda size: given[:size]),
        ],
        (),
    ),
    *(
        Parser(
            f"model file {name}",
            seed,
            lambda given, _folder, name=name: examine(io.BytesIO(given), len(given), name),
            (),
        )
        for name, seed in MODELS.items()
    ),
    Parser(
        "secrets",
        SETTINGS + MANIFEST + PEM,
        text(lambda given: [*found_in("a.py", given), *found_in("a.yaml", given)]),
        (),
    ),
    Parser("HTTP answer", ANSWER, lambda given, _folder: answered(given), ()),
)
