"""`result.json`: the whole scan, versioned, from which every other report can be made again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, cast

import msgspec

from scanner.model.documents import Document
from scanner.model.scan import ScanResult
from scanner.model.values import Value
from scanner.reporters._json import pieces
from scanner.reporters.json_v1.write import to_v1

__all__ = ["JsonV1", "json_schema", "json_schema_text", "load"]


class JsonV1(Value):
    """Renders `servegate/result/v1`."""

    name: str = "json"
    filename: str = "result.json"

    def render(self, scan: ScanResult) -> str:
        """Pure ASCII: lone surrogates and unseen characters travel as escapes, and come back."""
        return "".join(self.pieces(scan))

    def pieces(self, scan: ScanResult) -> Iterator[str]:
        """The same in pieces, finding by finding: the whole takes several times as much memory."""
        document, findings = to_v1(scan)
        return pieces(_plain(document), {"findings": map(_plain, findings)}, default=_iso)


def _plain(document: Document) -> dict[str, object]:
    """A document as JSON's own types, but for days and moments."""
    return cast("dict[str, object]", msgspec.to_builtins(document, builtin_types=(date, datetime)))


def _iso(moment: date) -> str:
    """A day, or a moment, as its own class writes it."""
    return moment.isoformat()


def load(text: str) -> ScanResult:
    """Rebuild a scan from its `result.json`, as `read.load` says. Raises `InputError`."""
    from scanner.reporters.json_v1 import read

    return read.load(text)


def json_schema() -> dict[str, Any]:
    """The JSON Schema, from the types themselves."""
    from scanner.reporters.json_v1 import types

    return types.json_schema()


def json_schema_text() -> str:
    """The committed form of the schema."""
    return json.dumps(json_schema(), indent=2) + "\n"
