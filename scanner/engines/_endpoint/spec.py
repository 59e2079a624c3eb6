"""Reads an OpenAPI 3.x or Swagger 2 document into operations.

Real documents are sloppy, so nothing is refused that can still be understood; only a document
that is not OpenAPI, or that has no operations, is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from referencing import Registry, Resource
from referencing.exceptions import Unresolvable

from scanner.engines import _yaml
from scanner.engines._endpoint.operation import Body, Operation, Parameter, Schema
from scanner.model.errors import TargetError
from scanner.model.values import Value

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
_MAX_REFS = 20
_RESOLVER = Registry[Any]().resolver()
_PREFERRED_MEDIA = ("application/json", "multipart/form-data", "application/x-www-form-urlencoded")


class Api(Value):
    """A parsed document: its operations, sorted by path and method, and the document itself."""

    operations: tuple[Operation, ...]
    document: dict[str, Any]

    def resolve(self, node: object) -> Schema:
        """Follow `$ref` inside the document."""
        return resolve(self.document, node)

    @property
    def servers(self) -> tuple[str, ...]:
        """The URLs of the servers that the document names."""
        listed = self.document.get("servers")
        entries = listed if isinstance(listed, list) else []
        urls = [str(one.get("url", "")) for one in entries if isinstance(one, dict)]
        if isinstance(self.document.get("host"), str):
            urls.append(f"https://{self.document['host']}")
        return tuple(url for url in urls if url)


def parse_spec(text: str, where: str, document_url: str = "") -> Api:
    """Read a document. `document_url` is where it came from; a relative server starts there.

    Raises `TargetError` where it is no OpenAPI document or has no operations.
    """
    document = _load(text, where)
    if not isinstance(document, dict) or not ("openapi" in document or "swagger" in document):
        raise TargetError(f"no operations to test: {where} is not an OpenAPI document")
    operations = tuple(_operations(document, _base(document, document_url)))
    if not operations:
        raise TargetError(f"no operations to test: {where} has no paths")
    return Api(tuple(sorted(operations, key=lambda op: (op.path, op.method))), document)


def resolve(document: dict[str, Any], node: object) -> dict[str, Any]:
    """Follow `$ref` inside the document; an empty dict where it leads nowhere."""
    for _ in range(_MAX_REFS):
        if not isinstance(node, dict):
            return {}
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return node
        node = _pointer(document, reference)
    return {}


def _load(text: str, where: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if text.lstrip()[:1] == "<":
        raise TargetError(f"{where} is not an OpenAPI document: it is markup (a login page?)")
    try:
        return _yaml.load(text)
    except _yaml.BadYaml as error:
        said = str(error.__cause__) if isinstance(error.__cause__, _yaml.TooMuch) else ""
        reason = said or "neither JSON nor YAML"
        raise TargetError(f"{where} is not an OpenAPI document: {reason}") from error


def _pointer(document: dict[str, Any], reference: str) -> object:
    """What a JSON pointer inside the document leads to; an empty dict where it leads nowhere."""
    if not reference.startswith("#/"):
        return {}
    try:
        return Resource.opaque(document).pointer(reference[1:], resolver=_RESOLVER).contents
    except (Unresolvable, LookupError, TypeError, ValueError):
        return {}


def _base(document: dict[str, Any], document_url: str) -> str:
    """The path prefix that the document's servers put before its paths; hosts are never used."""
    if "swagger" in document:
        return str(document.get("basePath") or "").rstrip("/")
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else {}
    if not isinstance(first, dict):
        return ""
    url = str(first.get("url") or "")
    variables = first.get("variables")
    for name, variable in (variables if isinstance(variables, dict) else {}).items():
        default = variable.get("default", "") if isinstance(variable, dict) else ""
        url = url.replace(f"{{{name}}}", str(default))
    try:
        if url and not urlsplit(url).netloc and not url.startswith("/"):
            url = urljoin(document_url or "/", url)
        return urlsplit(url).path.rstrip("/")
    except ValueError:  # brackets that make no address
        return ""


def _operations(document: dict[str, Any], base: str) -> Iterator[Operation]:
    paths = document.get("paths")
    for path, raw_item in (paths if isinstance(paths, dict) else {}).items():
        item = resolve(document, raw_item)
        for method in METHODS:
            raw = item.get(method)
            if isinstance(raw, dict):
                yield _operation(document, base, str(path), method, item, raw)


def _operation(
    document: dict[str, Any],
    base: str,
    path: str,
    method: str,
    item: dict[str, Any],
    raw: dict[str, Any],
) -> Operation:
    declared = [
        resolve(document, one)
        for source in (item.get("parameters"), raw.get("parameters"))
        if isinstance(source, list)
        for one in source
    ]
    parameters = {
        (made.name, made.place): made for one in declared if (made := _parameter(document, one))
    }
    for name in re.findall(r"\{([^{}]+)\}", path):
        missing = Parameter(name=name, place="path", required=True, schema={"type": "string"})
        parameters.setdefault((name, "path"), missing)
    tags = raw.get("tags")
    return Operation(
        method=method.upper(),
        path=path if path.startswith("/") else f"/{path}",
        base=base,
        parameters=tuple(parameters.values()),
        body=_body(document, raw) or _swagger_body(document, declared, raw),
        secured=_secured(document, raw),
        tags=tuple(str(tag) for tag in tags) if isinstance(tags, list) else (),
        summary=str(raw.get("summary") or raw.get("operationId") or ""),
        operation_id=str(raw.get("operationId") or ""),
        response=_response(document, raw),
    )


def _parameter(document: dict[str, Any], raw: dict[str, Any]) -> Parameter | None:
    place, name = raw.get("in"), raw.get("name")
    if place not in ("path", "query", "header", "cookie") or not isinstance(name, str):
        return None
    schema = resolve(document, raw["schema"]) if "schema" in raw else raw
    return Parameter(
        name=name,
        place=place,
        required=bool(raw.get("required")) or place == "path",
        schema=schema,
        example=_example(document, raw),
    )


def _body(document: dict[str, Any], raw: dict[str, Any]) -> Body | None:
    body = resolve(document, raw.get("requestBody"))
    content = body.get("content")
    if not isinstance(content, dict) or not content:
        return None
    wanted = [media for media in _PREFERRED_MEDIA if media in content]
    media_type = wanted[0] if wanted else str(next(iter(content)))
    media = resolve(document, content.get(media_type))
    return Body(
        media_type=media_type,
        schema=resolve(document, media.get("schema")),
        required=bool(body.get("required")),
        example=_example(document, media),
    )


def _swagger_body(
    document: dict[str, Any], declared: list[dict[str, Any]], raw: dict[str, Any]
) -> Body | None:
    for one in declared:
        if one.get("in") == "body":
            return Body(
                media_type="application/json",
                schema=resolve(document, one.get("schema")),
                required=bool(one.get("required")),
            )
    fields = {str(one.get("name")): one for one in declared if one.get("in") == "formData"}
    if not fields:
        return None
    consumes = raw.get("consumes") or document.get("consumes") or []
    files = any(one.get("type") == "file" for one in fields.values())
    multipart = files or "multipart/form-data" in consumes
    return Body(
        media_type="multipart/form-data" if multipart else "application/x-www-form-urlencoded",
        schema={
            "type": "object",
            "properties": fields,
            "required": [name for name, one in fields.items() if one.get("required")],
        },
        required=True,
    )


def _secured(document: dict[str, Any], raw: dict[str, Any]) -> bool | None:
    """True if some credential is needed, False if none, None if the document never says."""
    stated = raw.get("security", document.get("security"))
    if isinstance(stated, list):
        return bool(stated) and all(bool(one) for one in stated)
    schemes = resolve(document, document.get("components")).get("securitySchemes")
    return False if schemes or document.get("securityDefinitions") else None


def _response(document: dict[str, Any], raw: dict[str, Any]) -> Schema:
    responses = raw.get("responses")
    for code, one in sorted((responses if isinstance(responses, dict) else {}).items(), key=str):
        if not str(code).startswith("2"):
            continue
        answer = resolve(document, one)
        content = answer.get("content")
        media = content.get("application/json") if isinstance(content, dict) else answer
        return resolve(document, resolve(document, media).get("schema"))
    return {}


def _example(document: dict[str, Any], raw: dict[str, Any]) -> object:
    if "example" in raw:
        example: object = raw["example"]
        return example
    examples = raw.get("examples")
    if isinstance(examples, dict) and examples:
        return resolve(document, next(iter(examples.values()))).get("value")
    return None
