"""A loopback listener that shows whether the target makes requests on our behalf.

It binds to 127.0.0.1 only and keeps no more than the paths of a bounded number of requests.
"""

from __future__ import annotations

import hashlib
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar

from typing_extensions import Self

_MAX_HITS = 1000
_REDIRECT, _FOLLOWED, _MALFORMED = "/redirect/", "/followed/", "/malformed/"
_ARTEFACT = "/artefact/"
UNPICKLED = "/unpickled/"


def word_of(nonce: str) -> str:
    """The word in the answer to a nonce: whoever repeats it has read the answer, not the URL."""
    return hashlib.sha256(nonce.encode()).hexdigest()[:20]


def marker_pickle(listener: str, nonce: str) -> bytes:
    """A pickle that does one harmless thing where it is loaded: it asks our listener for a path.

    Written by hand (protocol 0), so that nothing here is able to make any other.
    """
    url = f"{listener}{UNPICKLED}{nonce}"
    return f"curllib.request\nurlopen\n(S'{url}'\ntR.".encode("ascii")


class Listener:
    """Answers every GET with a small JSON body that holds the word of the nonce in its path.

    `/redirect/<nonce>` answers with a redirect to `/followed/<nonce>`, to see whether that is
    followed; `/malformed/<nonce>` with what calls itself JSON and is none; `/artefact/<nonce>.pkl`
    with a pickle that, where it is loaded, asks for `/unpickled/<nonce>`. Used as a context
    manager.
    """

    def __init__(self) -> None:
        hits: deque[str] = deque(maxlen=_MAX_HITS)

        class Handler(_Handler):
            seen: ClassVar[deque[str]] = hits

        self._hits = hits
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        Handler.origin = self.url
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def heard(self, text: str) -> bool:
        """Whether a request arrived whose path holds this text: a nonce, say."""
        return any(text in path for path in tuple(self._hits))

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
    origin: ClassVar[str] = ""

    def do_GET(self) -> None:
        self.seen.append(self.path[:500])
        nonce = self.path.strip("/").split("/")[-1][:64]
        if self.path.startswith(_REDIRECT):
            self._answer(302, b"", ("Location", f"{_FOLLOWED}{nonce}"))
            return
        if self.path.startswith(_ARTEFACT):
            marker = marker_pickle(self.origin, nonce.removesuffix(".pkl"))
            self._answer(200, marker, ("Content-Type", "application/octet-stream"))
            return
        word = word_of(nonce) if nonce.isalnum() else ""
        body = f'{{"word": "{word}"}}'
        if self.path.startswith(_MALFORMED):
            body = f'<p>{{"word": "{word}", "end": '
        self._answer(200, body.encode(), ("Content-Type", "application/json"))

    def _answer(self, status: int, body: bytes, header: tuple[str, str]) -> None:
        self.send_response(status)
        self.send_header(*header)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Say nothing: what arrives is the target's, and not for our terminal."""
