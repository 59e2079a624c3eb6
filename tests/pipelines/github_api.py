"""Comments of a pull request as GitHub's API has them: `github_api.py PORT FILE [STATUS]`.

Every write is kept in FILE. With STATUS all writes are answered with it, as a fork's token is.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

FILE = Path(sys.argv[2])
REFUSED = int(sys.argv[3]) if len(sys.argv) > 3 else 0
COMMENTS: list[dict[str, object]] = [
    {"id": number, "body": f"talk {number}", "user": {"type": "User"}} for number in range(120)
]
# Somebody who would have us write into his comment.
COMMENTS.append(
    {"id": 500, "body": "<!-- servegate: servegate -->\nfake", "user": {"type": "User"}}
)


class Api(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/":
            self.answer(200, [])
            return
        query = dict(pair.split("=") for pair in self.path.partition("?")[2].split("&"))
        size, page = int(query["per_page"]), int(query["page"])
        self.answer(200, COMMENTS[(page - 1) * size : page * size])

    def do_POST(self) -> None:
        self.write("POST", lambda body: COMMENTS.append(body | {"id": 900 + len(COMMENTS)}))

    def do_PATCH(self) -> None:
        number = int(self.path.rpartition("/")[2])
        (known,) = [one for one in COMMENTS if one["id"] == number]
        self.write("PATCH", known.update)

    def write(self, method: str, change: Callable[[dict[str, object]], object]) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if REFUSED or self.headers["Authorization"] != "Bearer t0ken":
            self.answer(REFUSED or 401, {})
            return
        change({"body": body["body"], "user": {"type": "Bot"}})
        with FILE.open("a") as file:
            file.write(json.dumps({"method": method, "path": self.path, **body}) + "\n")
        self.answer(201 if method == "POST" else 200, {})

    def answer(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *words: object) -> None:
        pass


HTTPServer(("127.0.0.1", int(sys.argv[1])), Api).serve_forever()
