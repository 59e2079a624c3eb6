"""Writes the specification that ZAP is given: what our own loader understood, and nothing else.

So there is one truth for paths, base and operations. Operations that may destroy are left out, for
ZAP would call them with made-up values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from scanner.engines._endpoint.operation import Operation
from scanner.engines._endpoint.spec import Api
from scanner.model.errors import TargetError

_NOT_FOR_ZAP = ("servers", "host", "schemes", "basePath", "paths", "webhooks", "x-webhooks")


def asked(api: Api, *, all_of_them: bool = False) -> tuple[Operation, ...]:
    """The operations that ZAP may call: `all_of_them` where the user allows to destroy."""
    return tuple(one for one in api.operations if all_of_them or not one.destructive)


def document_text(api: Api, operations: tuple[Operation, ...], origin: str, prefix: str) -> str:
    """The document as JSON, with some operations of the API and one server: ours.

    Raises `TargetError` if it can't be written.
    """
    base = operations[0].served_base(prefix) if operations else prefix
    document = {key: value for key, value in api.document.items() if key not in _NOT_FOR_ZAP}
    info = document.get("info")
    document["info"] = {
        "title": "endpoint",
        "version": "0",
        **(info if isinstance(info, dict) else {}),
    }
    document["paths"] = _paths(api, operations)
    if "swagger" in document:
        scheme, _, host = origin.partition("://")
        document |= {"host": host, "schemes": [scheme], "basePath": base or "/"}
    else:
        document["servers"] = [{"url": f"{origin}{base}"}]
    try:
        return json.dumps(document, default=str)
    except (ValueError, RecursionError) as error:
        raise TargetError("the specification refers to itself and can't be given to ZAP") from error


def _paths(api: Api, operations: Iterable[Operation]) -> dict[str, Any]:
    raw_paths = api.document.get("paths")
    paths: dict[str, Any] = {}
    for one in operations:
        raw_item = raw_paths.get(one.path) if isinstance(raw_paths, dict) else None
        if raw_item is None and isinstance(raw_paths, dict):
            raw_item = raw_paths.get(one.path.removeprefix("/"))
        item = api.resolve(raw_item)
        method = one.method.lower()
        operation = {k: v for k, v in api.resolve(item.get(method)).items() if k != "servers"}
        operation["parameters"] = _parameters(api, item, operation, one)
        operation.setdefault("responses", {"default": {"description": "any"}})
        paths.setdefault(one.path, {})[method] = operation
    return paths


def _parameters(
    api: Api, item: dict[str, Any], operation: dict[str, Any], one: Operation
) -> list[Any]:
    """Those of the path, those of the operation, and the variables that nobody declared."""
    declared = [
        api.resolve(raw)
        for source in (item.get("parameters"), operation.get("parameters"))
        if isinstance(source, list)
        for raw in source
    ]
    named = {(raw.get("name"), raw.get("in")): raw for raw in declared if raw.get("name")}
    for name in one.path_parameters:
        kind = {"type": "string"}
        swagger = "swagger" in api.document
        made = {"name": name, "in": "path", "required": True}
        named.setdefault((name, "path"), {**made, **(kind if swagger else {"schema": kind})})
    return list(named.values())
