"""A double of Vault's KV version 2 over HTTP: what the documentation says of four calls, no more.

`python -m tests.rotation.kv2 PORT`. One mount, `secret`; the token is `testing`.
"""

from __future__ import annotations

import json
import sys
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

VERSIONS: dict[str, list[dict[str, Any]]] = {}
LOCK = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/v1/sys/health":
            self._answer(200, {"initialized": True})
            return
        with LOCK:
            versions = VERSIONS.get(self._name("data"), [])
            asked = int(parse_qs(parts.query).get("version", ["0"])[0]) or len(versions)
            if not self._known():
                self._answer(403, {"errors": ["permission denied"]})
            elif not 1 <= asked <= len(versions):
                self._answer(404, {"errors": []})
            else:
                self._answer(200, {"data": versions[asked - 1]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with LOCK:
            versions = VERSIONS.setdefault(self._name("data"), [])
            cas = body.get("options", {}).get("cas")
            if not self._known():
                self._answer(403, {"errors": ["permission denied"]})
            elif cas is not None and cas != len(versions):
                told = "check-and-set parameter did not match the current version"
                self._answer(400, {"errors": [told]})
            else:
                now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z"
                metadata = {"version": len(versions) + 1, "created_time": now, "destroyed": False}
                versions.append({"data": body["data"], "metadata": metadata})
                self._answer(200, {"data": metadata})

    def _known(self) -> bool:
        return self.headers.get("X-Vault-Token") == "testing"

    def _name(self, kind: str) -> str:
        return urlsplit(self.path).path.removeprefix(f"/v1/secret/{kind}/")

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: object) -> None:
        return


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
