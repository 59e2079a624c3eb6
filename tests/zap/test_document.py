"""The specification as ZAP is given it, and its messages as we keep them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner.engines._endpoint.spec import parse_spec
from scanner.engines.zap.document import asked, document_text
from scanner.engines.zap.exchange import read_exchange
from scanner.model.errors import TargetError
from scanner.model.plan import Identity, Role

ORIGIN = "http://127.0.0.1:8000"
OK: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}


def given(document: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """What ZAP would read."""
    api = parse_spec(json.dumps(document), "spec")
    made: dict[str, Any] = json.loads(document_text(api, asked(api), ORIGIN, prefix))
    return made


def test_servers_of_the_document_are_never_contacted() -> None:
    operation = {**OK, "servers": [{"url": "https://third.example"}]}
    made = given(
        {
            "openapi": "3.0.0",
            "servers": [{"url": "https://production.example/api"}],
            "paths": {"/a": {"servers": [{"url": "https://other.example"}], "get": operation}},
            "webhooks": {"w": {"post": OK}},
        }
    )
    assert made["servers"] == [{"url": f"{ORIGIN}/api"}]
    assert "example" not in json.dumps(made)


def test_swagger_keeps_its_form() -> None:
    made = given({"swagger": "2.0", "host": "production.example", "basePath": "/v2",
                  "schemes": ["https"], "paths": {"/a/{id}": {"get": OK}}}, "/proxy")  # fmt: skip
    assert (made["host"], made["schemes"], made["basePath"]) == (
        "127.0.0.1:8000",
        ["http"],
        "/proxy/v2",
    )
    assert made["paths"]["/a/{id}"]["get"]["parameters"] == [
        {"name": "id", "in": "path", "required": True, "type": "string"}
    ]


def test_references_and_shared_parameters_are_resolved() -> None:
    shared = {"name": "q", "in": "query", "schema": {"type": "string"}}
    made = given(
        {
            "openapi": "3.1.0",
            "components": {"parameters": {"Q": shared}, "pathItems": {"P": {"get": OK}}},
            "paths": {
                "/a": {"parameters": [{"$ref": "#/components/parameters/Q"}], "get": OK},
                "/b": {"$ref": "#/components/pathItems/P"},
            },
        }
    )
    assert made["paths"]["/a"]["get"]["parameters"] == [shared]
    assert list(made["paths"]["/b"]) == ["get"]
    assert made["info"]["title"]


def test_what_may_destroy_is_left_out_unless_allowed() -> None:
    document = {
        "openapi": "3.0.0",
        "paths": {"/a": {"get": OK, "delete": OK}, "/reset": {"post": OK}},
    }
    api = parse_spec(json.dumps(document), "spec")
    assert [str(one) for one in asked(api)] == ["GET /a"]
    assert len(asked(api, all_of_them=True)) == 3


def test_a_document_in_a_circle_is_named() -> None:
    text = "openapi: 3.0.0\npaths: {/a: {get: {x-a: &a {b: *a}}}}\n"
    api = parse_spec(text, "spec")
    with pytest.raises(TargetError, match="refers to itself"):
        document_text(api, asked(api), ORIGIN, "")


ALICE = Identity(
    name="alice",
    role=Role.USER,
    header="Authorization",
    value_env="ALICE_TOKEN",
    secret="Bearer tok-123456",
    prefix="Bearer ",
)


def test_a_message_is_kept_without_its_secrets() -> None:
    exchange = read_exchange(
        {
            "requestHeader": "POST http://h/x?k=tok-123456 HTTP/1.1\r\n"
            "authorization: Bearer tok-123456\r\nCookie: a=b\r\nX-Echo: tok-123456\r\n\r\n",
            "requestBody": "v=tok-123456",
            "responseHeader": "HTTP/1.1 200 OK\r\nSet-Cookie: s=1\r\n\r\n",
            "responseBody": "x" * 9000,
            "rtt": "31",
        },
        "label",
        ALICE,
    )
    assert exchange is not None
    assert exchange.request.headers == (
        ("authorization", "Bearer $ALICE_TOKEN"),
        ("Cookie", "[redacted]"),
        ("X-Echo", "[redacted]"),
    )
    assert "tok-123456" not in repr(exchange)
    assert exchange.response is not None
    assert exchange.response.headers == (("Set-Cookie", "[redacted]"),)
    assert (len(exchange.response.body), exchange.response.body_bytes) == (4000, 9000)
    assert (exchange.elapsed_ms, exchange.fault) == (31, None)


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ({}, False),
        ({"requestHeader": None}, False),
        ({"requestHeader": "garbage"}, False),
        ({"requestHeader": "GET http://h/ HTTP/1.1", "responseHeader": "HTTP/1.0 0\r\n"}, True),
        ({"requestHeader": "GET http://h/ HTTP/1.1", "rtt": None, "responseBody": 3}, True),
    ],
)
def test_odd_messages(message: dict[str, object], kept: bool) -> None:
    exchange = read_exchange(message, "label", None)
    assert (exchange is not None) == kept
    if exchange is not None:
        assert exchange.response is None
        assert exchange.fault == "no answer"
