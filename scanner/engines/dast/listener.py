"""A loopback listener that shows whether the target makes requests on our behalf.

It binds to 127.0.0.1 only and keeps no more than the request lines of a bounded number of hits.
"""

from __future__ import annotations

import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar

from typing_extensions import Self

_MAX_HITS = 1000
_REDIRECT = "/redirect/"


class Listener:
    """Answers every GET with a small JSON body that repeats the nonce in its path.

    `/redirect/<nonce>` answers with a redirect to `/<nonce>`, to see whether that is followed.
    Used as a context manager.
    """

    def __init__(self) -> None:
        hits: deque[str] = deque(maxlen=_MAX_HITS)

        class Handler(_Handler):
            seen: ClassVar[deque[str]] = hits

        self._hits = hits
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def heard(self, nonce: str) -> bool:
        """Whether a request with this nonce in its path arrived."""
        return any(nonce in hit for hit in tuple(self._hits))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    timeout = 5
    seen: ClassVar[deque[str]]

    def do_GET(self) -> None:
        self.seen.append(self.path[:500])
        if self.path.startswith(_REDIRECT):
            self.send_response(302)
            self.send_header("Location", f"/{self.path.removeprefix(_REDIRECT)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        nonce = self.path.strip("/").split("/")[-1][:64]
        body = f'{{"nonce": "{nonce if nonce.isalnum() else ""}"}}'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing: what arrives is the target's, and not for our terminal."""
