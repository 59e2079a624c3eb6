"""Every parser of foreign data: whatever it is given, an answer or its own error, and soon.

A document that is right is changed a little, many times, or made up. `FUZZ_EXAMPLES` says how often
(`make fuzz`); in the ordinary run it is a few hundred each, the same ones every time.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.baseline import baseline_entries, baseline_text, read_baseline
from scanner.cli.waivers import read_waivers
from scanner.config import load_settings
from scanner.engines import bandit, semgrep, zizmor
from scanner.engines._endpoint.spec import parse_spec
from scanner.engines._notebook import NotANotebook, read_notebook
from scanner.engines._workspace import Workspace
from scanner.engines.checkov import answer
from scanner.engines.manifests import documents
from scanner.engines.redteam.garak import read_garak
from scanner.engines.redteam.promptfoo import read_promptfoo
from scanner.engines.zap.reports import read_report
from scanner.kinds import is_bundle, kinds_of
from scanner.model.errors import ServegateError
from scanner.redact import redact
from scanner.reporters import json_v1, reporter
from tests.reporters import factory

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "300"))
LONGEST = 5.0
ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1e308,
    2**70,
    "",
    "\x00",
    "\ud800",
    "\u202e",
    "a" * 3000,
    [],
    {},
    [[]],
    {"a": None},
    "v1:0",
    "../../etc/passwd",
    "http://[",
)


def workspace(root: Path) -> Workspace:
    (root / "tree").mkdir(exist_ok=True)
    (root / "tree" / "a.py").write_text("eval(x)\n" * 20)
    names = {"a.py": "a.py"}
    return Workspace(root=root / "tree", scratch=root, originals=names, staged=dict(names), gaps=())


def mutated(document: Any, dice: random.Random) -> Any:
    """A copy with one place in it changed, dropped, doubled or moved."""
    if isinstance(document, dict) and document and dice.random() < 0.85:
        key = dice.choice(list(document))
        made = dict(document)
        match dice.randrange(6):
            case 0:
                del made[key]
            case 1:
                made[key] = dice.choice(ODD)
            case 2:
                made[str(dice.choice(ODD))[:50]] = made[key]
            case _:
                made[key] = mutated(made[key], dice)
        return made
    if isinstance(document, list) and document and dice.random() < 0.85:
        at = dice.randrange(len(document))
        rows = list(document)
        match dice.randrange(5):
            case 0:
                del rows[at]
            case 1:
                rows[at] = dice.choice(ODD)
            case 2:
                rows += [rows[at]] * dice.randrange(1, 4)
            case _:
                rows[at] = mutated(rows[at], dice)
        return rows
    return dice.choice(ODD)


def broken(text: bytes, dice: random.Random) -> bytes:
    """Bytes with a few of them changed, cut out or repeated."""
    made = bytearray(text)
    for _ in range(dice.randrange(1, 5)):
        at = dice.randrange(len(made) + 1)
        match dice.randrange(4):
            case 0:
                made[at : at + dice.randrange(1, 40)] = b""
            case 1:
                made[at:at] = bytes(dice.randrange(256) for _ in range(dice.randrange(1, 6)))
            case 2:
                made[at:at] = made[max(0, at - 30) : at] * dice.randrange(1, 4)
            case _:
                made[at:at] = dice.choice((b"{", b"[", b'"', b"\n", b"&a ", b"*a", b"!!x ", b"- "))
    return bytes(made)


@dataclass(frozen=True)
class Parser:
    """A parser over bytes in a folder, a document that it takes, and what it may raise."""

    name: str
    seed: Any
    parse: Callable[[bytes, Path], object]
    errors: tuple[type[BaseException], ...] = (ServegateError,)


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
)


def given(parser: Parser, dice: random.Random) -> bytes:
    seed = parser.seed
    if isinstance(seed, str):
        return broken(seed.encode(), dice)
    document = seed
    for _ in range(dice.randrange(1, 4)):
        document = mutated(document, dice)
    made = json.dumps(document).encode("utf-8", "surrogatepass")
    return broken(made, dice) if dice.random() < 0.2 else made


@pytest.mark.parametrize("url", ["http://[", "http://[::1", "//[x]/", "[", "http://a]b/"])
def test_a_server_that_is_no_address_is_no_prefix(url: str) -> None:
    made = parse_spec(json.dumps({**OPENAPI, "servers": [{"url": url}]}), "x")
    assert made.operations[0].path == "/jobs/{id}"


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_it_takes_what_is_right(parser: Parser, tmp_path: Path) -> None:
    right = parser.seed if isinstance(parser.seed, str) else json.dumps(parser.seed)
    parser.parse(right.encode(), tmp_path)


@pytest.mark.parametrize("parser", PARSERS, ids=lambda parser: parser.name)
def test_whatever_it_is_given(parser: Parser, tmp_path: Path) -> None:
    for number in range(EXAMPLES):
        text_of_it = given(parser, random.Random(f"{parser.name} {number}"))
        began = time.monotonic()
        try:
            parser.parse(text_of_it, tmp_path)
        except parser.errors as error:
            said = str(error)
            assert said
            assert "\n" not in said.strip()[:2000]
        except Exception as error:
            raise AssertionError(f"number {number}: {text_of_it[:2000]!r}") from error
        assert time.monotonic() - began < LONGEST, f"number {number} took too long"
