"""`servegate schema`: JSON Schemas of what is written by people and for programs."""

from __future__ import annotations

import json
import sys
from typing import Any

from scanner.config import Settings
from scanner.model.documents import document_schema
from scanner.model.errors import ConfigError
from scanner.model.severity import Severity
from scanner.sections import OneOfSeveral

NAMES = ("config", "result")
_WORDS = [level.label for level in sorted(Severity, reverse=True)]
_LEVEL = {"type": "string", "enum": _WORDS}


def run_schema(name: str) -> int:
    """Print a schema. Raises `ConfigError`."""
    if name not in NAMES:
        raise ConfigError(f"schema {name!r} is none of {', '.join(NAMES)}")
    if name == "result":
        from scanner.reporters.json_v1 import json_schema_text

        sys.stdout.write(json_schema_text())
    else:
        sys.stdout.write(config_schema_text())
    return 0


def config_schema_text() -> str:
    """The schema of servegate.toml, for editors that complete and check it."""
    schema, several = document_schema(Settings), document_schema(OneOfSeveral)
    definitions: dict[str, Any] = {**schema.pop("$defs"), **several.pop("$defs")}
    definitions["OneOfSeveral"] = several
    properties = schema["properties"]
    del properties["endpoints"]
    # One endpoint is a table, several are an array of tables.
    properties["endpoint"] = {
        "oneOf": [
            {"$ref": "#/$defs/EndpointSection"},
            {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/OneOfSeveral"}},
        ]
    }
    definitions["Severity"] = _LEVEL
    gate = definitions["GateSection"]["properties"]
    gate["fail_on"] = {"$ref": "#/$defs/Severity", "default": Severity.HIGH.label}
    gate["waiver_severity"] = {
        "type": "string",
        "enum": [*_WORDS, "none"],
        "default": Severity.CRITICAL.label,
    }
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "servegate.toml",
        "description": "What is scanned, how the endpoint is started, and what fails the build.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "$defs": {name: _plain(entry) for name, entry in sorted(definitions.items())},
    }
    return json.dumps(whole, indent=1) + "\n"


def _plain(value: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    """A schema whose descriptions have no marks of source text, and no titles made of names."""
    if isinstance(value, dict):
        return {
            key: " ".join(entry.replace("`", "").split())
            if key == "description" and isinstance(entry, str)
            else _plain(entry)
            for key, entry in value.items()
            if not (key == "title" and isinstance(entry, str))
        }
    return [_plain(entry) for entry in value] if isinstance(value, list) else value
