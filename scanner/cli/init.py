"""`servegate init`: looks at a repository and writes a commented servegate.toml."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from scanner.cli.output import write_text
from scanner.cli.pipelines import check_name, write_pipeline
from scanner.cli.text import plain
from scanner.config import CONFIG_NAME
from scanner.inventory import Inventory, take_inventory
from scanner.model.errors import InputError
from scanner.model.files import FileKind
from scanner.model.values import Value

_MAX_READ = 400_000
_SPEC_NAMES = ("openapi.json", "openapi.yaml", "openapi.yml", "swagger.json", "swagger.yaml")
# Framework, what shows it, what starts it ({module} and {name} of the application object), spec.
_FRAMEWORKS = (
    ("FastAPI", r"^(\w+)\s*(?::\s*[\w.]+\s*)?=\s*(?:fastapi\.)?FastAPI\(", "/openapi.json"),
    ("Starlette", r"^(\w+)\s*(?::\s*[\w.]+\s*)?=\s*(?:\w+\.)*Starlette\(", ""),
    ("Flask", r"^(\w+)\s*(?::\s*[\w.]+\s*)?=\s*(?:flask\.)?Flask\(", ""),
    ("BentoML", r"^@bentoml\.service\b[^\n]*(?:\n[^\n]*){0,12}?\nclass\s+(\w+)", "/docs.json"),
)
_HEALTH = re.compile(r"[\"'](/(?:health|healthz|livez|readyz|ready|ping)(?:/live|/ready)?)[\"']")
_KEY_HEADER = re.compile(r"(?:APIKeyHeader\([^)]*name\s*=\s*|[\"'])[\"']?(X-[A-Za-z-]*Key)[\"']")


class Found(Value, kw_only=True):
    """What a repository shows of its endpoint; empty where nothing was seen."""

    framework: str = ""
    where: str = ""
    command: str = ""
    ready: str = ""
    spec: str = ""
    key_header: str = ""
    counts: tuple[tuple[str, int], ...] = ()


def run_init(path: Path, *, force: bool, ci: str = "") -> int:
    """Write the file and say what was found; with `ci` that of a pipeline too.

    A configuration that is there stays when a pipeline is asked for. Raises `InputError`.
    """
    if ci:
        check_name(ci)
    if not path.is_dir():
        raise InputError(f"{path}: no such folder")
    target = path / CONFIG_NAME
    if ci:
        write_pipeline(ci, path, force=force)
        if target.exists():
            return 0
    if target.exists() and not force:
        raise InputError(f"{target} exists; --force replaces it")
    found = look(path)
    write_text(target, render(found))
    for line in describe(found):
        sys.stdout.write(plain(line) + "\n")
    sys.stdout.write(f"Wrote {plain(str(target))}. Next: servegate scan {plain(str(path))}\n")
    return 0


def look(root: Path) -> Found:
    """Read the Python files of a repository for signs of an endpoint; nothing is run."""
    inventory = take_inventory(root)
    counts = tuple((kind.value, len(inventory.of(kind))) for kind in FileKind if inventory.of(kind))
    sources = [
        (file.path, (root / file.path).read_text("utf-8", "replace"))
        for file in inventory.of(FileKind.PYTHON)
        if file.size <= _MAX_READ
        and not re.search(r"(?:^|/)(?:tests?|examples?)/|test_", file.path)
    ]
    spec_file = _spec_file(root, inventory)
    for framework, pattern, spec in _FRAMEWORKS:
        for source, text in sources:
            match = re.search(pattern, text, re.MULTILINE)
            if match is None:
                continue
            health = _HEALTH.search("\n".join(one for _, one in sources))
            header = _KEY_HEADER.search("\n".join(one for _, one in sources))
            return Found(
                framework=framework,
                where=source,
                command=_command(framework, source, match[1]),
                ready=health[1] if health else "",
                spec=spec_file or spec,
                key_header=header[1] if header else "",
                counts=counts,
            )
    return Found(spec=spec_file, counts=counts)


def describe(found: Found) -> list[str]:
    """What was found, a line each."""
    files = ", ".join(f"{number} {kind}" for kind, number in found.counts) or "no files to scan"
    lines = [f"Files: {files}"]
    if found.framework:
        lines.append(f"Endpoint: {found.framework} in {found.where}, started by: {found.command}")
    else:
        lines.append("Endpoint: none recognised; fill in [endpoint] to have it attacked")
    if found.spec:
        lines.append(f"Specification: {found.spec}")
    return lines


def render(found: Found) -> str:
    """The text of servegate.toml for what was found."""
    commented = "" if found.command else "# "
    text = _quoted
    header = found.key_header or "X-API-Key"
    command = found.command or "python -m uvicorn app:app --host 127.0.0.1 --port {port}"
    return f"""\
# servegate: what is scanned, how the endpoint is started, and what fails the build.
# `servegate scan --dry-run` shows the plan that follows from it.

[scan]
# Folders or globs that no engine is given; each is named in the report.
exclude = []
# Rules that are off by default (`servegate rules` tells why): sast/B101, ...
enable_rules = []

[gate]
# Lowest severity that fails the build: critical, high, medium, low or info.
fail_on = "high"
# Engines or stages that must have looked, or the run is inconclusive: sast, iac, dast, zap, ...
required = []

# [iac]
# Nothing may run or keep data elsewhere, and serving resources come from these modules only.
# allowed_regions = ["eu-central-1"]
# approved_modules = ["./modules/endpoint"]

{commented}[endpoint]
# Started on a free port, attacked, and ended with all its children.
{commented}command = {text(command)}
# Answers with 2xx once the model is loaded.
{commented}ready = {text(found.ready or "/health")}
# The OpenAPI document: a path on the endpoint, or a file.
{commented}spec = {text(found.spec or "/openapi.json")}
{commented}start_timeout = 60

# Two ordinary callers show whether one can reach what belongs to the other. Secrets come from
# environment variables only.
# [[endpoint.identities]]
# name = "alice"
# role = "user"
# header = {text(header)}
# value_env = "ALICE_KEY"
#
# [[endpoint.identities]]
# name = "bob"
# role = "user"
# header = {text(header)}
# value_env = "BOB_KEY"
#
# [[endpoint.identities]]
# name = "admin"
# role = "admin"
# header = {text(header)}
# value_env = "ADMIN_KEY"

# Where a language model answers: a word that stands in its hidden instructions, so that an answer
# that holds it is proof, and how to talk at an operation that is of no known shape.
# [endpoint.llm]
# system_canary_env = "PLANTED_WORD"
#
# [[endpoint.llm.chats]]
# operation = "POST /ask"
# request = {{ question = "{{prompt}}" }}
# answer = "answer"
"""


def _command(framework: str, source: str, name: str) -> str:
    module = re.sub(r"/__init__$", "", source.removesuffix(".py")).replace("/", ".")
    match framework:
        case "Flask":
            return f"python -m flask --app {module}:{name} run --port {{port}}"
        case "BentoML":
            return f"bentoml serve {module}:{name} --port {{port}}"
        case _:
            return f"python -m uvicorn {module}:{name} --host 127.0.0.1 --port {{port}}"


def _spec_file(root: Path, inventory: Inventory) -> str:
    """A specification beside the code; folders that the scan leaves out are not searched."""
    folders = {""} | {file.path.rpartition("/")[0] for file in inventory.of(*FileKind)}
    for folder in sorted(folders, key=lambda one: (one.count("/"), one)):
        for name in _SPEC_NAMES:
            path = f"{folder}/{name}" if folder else name
            if (root / path).is_file():
                return path
    return ""


def _quoted(value: str) -> str:
    """A TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(value)
