"""Specifications, also sloppy ones, become operations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.engines._endpoint.operation import Operation
from scanner.engines._endpoint.spec import parse_spec
from scanner.engines.dast.builder import Builder
from scanner.engines.dast.values import make_value
from scanner.model.errors import TargetError


def document(paths: dict[str, Any], **extra: Any) -> str:
    return json.dumps({"openapi": "3.1.0", "info": {}, "paths": paths, **extra})


def only(text: str, url: str = "/openapi.json") -> Operation:
    (operation,) = parse_spec(text, "spec", url).operations
    return operation


SWAGGER = {
    "swagger": "2.0",
    "basePath": "/api",
    "securityDefinitions": {"key": {"type": "apiKey"}},
    "paths": {
        "/score": {
            "post": {
                "security": [{"key": []}],
                "parameters": [
                    {"in": "body", "name": "body", "schema": {"$ref": "#/definitions/S"}}
                ],
            }
        }
    },
    "definitions": {
        "S": {"type": "object", "required": ["x"], "properties": {"x": {"type": "number"}}}
    },
}


def test_swagger_2_and_openapi_3_give_the_same_operation() -> None:
    three = document(
        {
            "/score": {
                "post": {
                    "security": [{"key": []}],
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/S"}}
                        },
                    },
                }
            }
        },
        servers=[{"url": "https://prod.example.com/api"}],
        components={"schemas": {"S": SWAGGER["definitions"]["S"]}},  # type: ignore[index]
    )
    for text in (json.dumps(SWAGGER), three):
        api = parse_spec(text, "spec")
        (operation,) = api.operations
        assert (operation.method, operation.template, operation.secured) == (
            "POST",
            "/api/score",
            True,
        )
        call = Builder(api).call(operation, None, "x")
        assert call.path == "/api/score"
        assert call.json_body == {"x": 1}


@pytest.mark.parametrize(
    ("server", "document_url", "base"),
    [
        ("https://api.example.com/v1/", "/openapi.json", "/v1"),
        ("/api/v1", "/openapi.json", "/api/v1"),
        (".", "/docs.json", ""),
        (".", "/svc/docs.json", "/svc"),
        ("/", "/openapi.json", ""),
        ("", "/openapi.json", ""),
        ("{scheme}://h/{v}", "/openapi.json", "/v9"),
    ],
)
def test_of_a_server_only_the_path_counts(server: str, document_url: str, base: str) -> None:
    variables = {"v": {"default": "v9"}, "scheme": {"default": "https"}}
    servers = [{"url": server, "variables": variables}]
    assert only(document({"/x": {"get": {}}}, servers=servers), document_url).base == base


def test_the_path_of_the_given_url_is_not_doubled() -> None:
    text = document({"/items/": {"get": {}}}, servers=[{"url": "/api/v1"}])
    api = parse_spec(text, "spec")
    for prefix in ("", "/api", "/api/v1"):
        call = Builder(api, prefix).call(api.operations[0], None, "x")
        assert call.path == "/api/v1/items/"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"models": []}', "no operations to test: spec is not an OpenAPI document"),
        ('{"openapi": "3.1.0", "paths": {}}', "no operations to test: spec has no paths"),
        ("<html><form>login</form>", "markup (a login page?)"),
        ("[1, 2", "neither JSON nor YAML"),
        ("just words", "not an OpenAPI document"),
    ],
)
def test_what_is_no_specification_is_an_error(text: str, told: str) -> None:
    with pytest.raises(TargetError) as caught:
        parse_spec(text, "spec")
    assert told in str(caught.value)


def test_security_is_global_unless_an_operation_says_otherwise() -> None:
    text = document(
        {
            "/a": {"get": {}},
            "/b": {"get": {"security": []}},
            "/c": {"get": {"security": [{}, {"key": []}]}},
        },
        security=[{"key": []}],
    )
    assert [op.secured for op in parse_spec(text, "spec").operations] == [True, False, False]
    assert only(document({"/a": {"get": {}}})).secured is None


def test_webhooks_are_not_operations_and_undeclared_path_parameters_are() -> None:
    text = document({"/a/{id}": {"get": {}}}, webhooks={"hook": {"post": {}}})
    operation = only(text)
    assert operation.path_parameters == ("id",)
    assert operation.parameters[0].place == "path"


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "example": "x"}, "x"),
        ({"enum": ["a", "b"]}, "a"),
        ({"type": ["null", "integer"], "minimum": 5}, 5),
        ({"type": "integer", "exclusiveMinimum": 5}, 6),
        ({"type": "number", "maximum": 0.5}, 0.5),
        ({"type": "string", "minLength": 12}, "servegatexxx"),
        ({"type": "string", "maxLength": 3}, "ser"),
        ({"type": "string", "format": "uuid"}, "7f1d5c9e-3b0a-4c52-9d53-0c8a5e6f7b21"),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, [False, False]),
        ({"anyOf": [{"type": "null"}, {"type": "integer"}]}, 1),
        (
            {"allOf": [{"properties": {"a": {"const": 1}}}, {"properties": {"b": {"const": 2}}}]},
            {"a": 1, "b": 2},
        ),
    ],
)
def test_values_fit_their_schema(schema: dict[str, Any], value: object) -> None:
    assert make_value(schema, lambda node: node if isinstance(node, dict) else {}) == value


def test_a_schema_that_holds_itself_ends() -> None:
    text = document(
        {
            "/t": {
                "post": {
                    "requestBody": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/T"}}
                        }
                    }
                }
            }
        },
        components={
            "schemas": {
                "T": {
                    "type": "object",
                    "required": ["t"],
                    "properties": {"t": {"$ref": "#/components/schemas/T"}},
                },
                "L": {"$ref": "#/components/schemas/L"},
            }
        },
    )
    api = parse_spec(text, "spec")
    body = Builder(api).call(api.operations[0], None, "x").json_body
    assert json.dumps(body).count("t") <= 8
    assert api.resolve({"$ref": "#/components/schemas/L"}) == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "paths",
                    "/a",
                    "get",
                    "post",
                    "parameters",
                    "schema",
                    "$ref",
                    "requestBody",
                    "content",
                    "application/json",
                    "servers",
                    "url",
                    "security",
                    "in",
                    "name",
                    "allOf",
                    "properties",
                    "type",
                    "required",
                    "responses",
                    "200",
                    "tags",
                    "enum",
                    "items",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=25,
)


@given(JSON, JSON)
def test_any_document_gives_operations_or_one_clear_error(
    paths: object, components: object
) -> None:
    text = json.dumps({"openapi": "3.0.0", "paths": {"/a": paths}, "components": components})
    try:
        api = parse_spec(text, "spec")
    except TargetError:
        return
    builder = Builder(api)
    for operation in api.operations:
        builder.call(operation, None, "x")


SCHEMA_KEYS = (
    *("type", "properties", "required", "items", "allOf", "anyOf", "oneOf", "enum", "const"),
    *("default", "example", "examples", "format", "minimum", "maximum", "exclusiveMinimum"),
    *("exclusiveMaximum", "minLength", "maxLength", "minItems", "readOnly"),
)
SCHEMA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["object", "array", "integer", "string", "number", "a", "uri", "null"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(SCHEMA_KEYS), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(SCHEMA)
def test_any_schema_gives_a_value(schema: object) -> None:
    make_value(schema, lambda node: node if isinstance(node, dict) else {})  # type: ignore[arg-type]


@given(SCHEMA, SCHEMA, SCHEMA)
def test_any_operation_can_be_read_and_called(
    body: object, parameters: object, answer: object
) -> None:
    operation = {
        "requestBody": {"content": {"application/json": {"schema": body}}},
        "parameters": [{"in": "query", "name": "q", "required": True, "schema": parameters}],
        "responses": {"200": {"content": {"application/json": {"schema": answer}}}},
        "security": parameters,
        "tags": answer,
    }
    api = parse_spec(json.dumps({"openapi": "3", "paths": {"/a": {"post": operation}}}), "spec")
    builder = Builder(api, "", "http://127.0.0.1:1")
    builder.call(api.operations[0], None, "x", minimal=True)
    builder.free_fields(api.operations[0])
