"""A double of Azure Key Vault behind the SDK's transport: the REST calls for secrets, in memory."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import requests
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest._requests_basic import RestRequestsTransportResponse

URL = "https://example.vault.azure.net"


class KeyVault(HttpTransport[Any, Any]):
    """Answers as the service does; `away` makes every call fail."""

    def __init__(self) -> None:
        self.secrets: dict[str, list[dict[str, Any]]] = {}
        self.away = False
        self.ahead = 0.0

    def send(self, request: Any, **_options: Any) -> Any:
        if self.away:
            raise OSError("no route")
        assert request.url.startswith(URL), request.url
        if "Authorization" not in request.headers:
            challenge = 'Bearer authorization="https://login.example/t", '
            challenge += 'resource="https://vault.azure.net"'
            return _answer(request, 401, {}, {"WWW-Authenticate": challenge})
        parts = [part for part in urlsplit(request.url).path.split("/") if part]
        body = json.loads(request.content) if getattr(request, "content", None) else {}
        status, said = self._handle(request.method, parts[1:], body)
        return _answer(request, status, said)

    def _handle(self, method: str, parts: list[str], body: dict[str, Any]) -> tuple[int, Any]:
        name, version = parts[0], parts[1] if len(parts) > 1 else ""
        versions = self.secrets.get(name, [])
        if method == "PUT":
            now = int(time.time() + self.ahead)
            made = {
                "id": f"{URL}/secrets/{name}/{uuid.uuid4().hex}",
                "value": body["value"],
                "tags": body.get("tags") or {},
                "attributes": {"enabled": True, "created": now, "updated": now},
            }
            self.secrets.setdefault(name, []).append(made)
            return 200, made
        if not versions:
            return 404, {"error": {"code": "SecretNotFound", "message": "not found"}}
        if version == "versions":
            listed = [{k: v for k, v in one.items() if k != "value"} for one in versions]
            return 200, {"value": listed[::-1]}
        found = next((one for one in versions if one["id"].endswith(version)), None)
        if not version:
            found = versions[-1]
        if found is None:
            return 404, {"error": {"code": "SecretNotFound", "message": "not found"}}
        if method == "PATCH":
            found["attributes"] |= body.get("attributes") or {}
            if body.get("tags") is not None:
                found["tags"] = body["tags"]
            return 200, {k: v for k, v in found.items() if k != "value"}
        if not found["attributes"]["enabled"]:
            inner = {"code": "SecretDisabled"}
            told = {"code": "Forbidden", "message": "SecretDisabled", "innererror": inner}
            return 403, {"error": told}
        return 200, found

    def open(self) -> None:
        return

    def close(self) -> None:
        return

    def __exit__(self, *_words: object) -> None:
        return


def _answer(request: Any, status: int, said: Any, headers: dict[str, str] | None = None) -> Any:
    inner = requests.Response()
    inner.status_code = status
    inner._content_consumed = True
    inner._content = json.dumps(said).encode()
    inner.headers.update({"Content-Type": "application/json", **(headers or {})})
    answer = RestRequestsTransportResponse(request=request, internal_response=inner)
    answer.read()
    return answer
