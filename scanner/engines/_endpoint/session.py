"""HTTP sessions that go where they are told and come back in time.

No proxy, `.netrc` or certificate bundle of the environment is used, redirects are left to the
caller, and an answer's head is bounded as a whole: a server that sends it drop by drop never meets
a socket's own timeout, which only counts from one drop to the next.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any, ClassVar

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager
from urllib3.response import HTTPResponse

from scanner.engines._endpoint.reach import Addresses, HostRefused, Reach, hosts_of

# Where a host is, is a fact of the process: what answered when it was ready is what is attacked.
_ADDRESSES = Addresses()


def new_session(verify: str | bool, *urls: str) -> requests.Session:
    """A session that speaks to the hosts of `urls` alone, a proxy among them.

    `verify` is a certificate file or whether to check TLS at all. A request to any other host
    raises `HostRefused`, which is one of `TRANSPORT_ERRORS`.
    """
    session = _Session()
    session.trust_env = False
    session.verify = verify
    if verify is False:
        # The user said --insecure; a warning for each request would only hide the findings.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    adapter = _BoundedAdapter(Reach(hosts_of(urls), _ADDRESSES))
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


# What can go wrong between two hosts; reading an answer raises urllib3's own errors.
TRANSPORT_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
    UnicodeError,
    ValueError,
)


def fault_text(error: Exception) -> str:
    """A transport error in a few words, without the library's object addresses."""
    match error:
        case HostRefused():
            return str(error)
        case requests.exceptions.SSLError():
            return "TLS: the certificate was not accepted"
        case requests.exceptions.ConnectTimeout():
            return "no connection in time"
        case requests.exceptions.ReadTimeout():
            return "no answer in time"
        case requests.exceptions.ConnectionError() | urllib3.exceptions.ProtocolError():
            return "the connection failed or was closed"
        case urllib3.exceptions.DecodeError():
            return "the body is not in the encoding that it names"
        case _:
            return f"not valid HTTP ({type(error).__name__})"


@contextlib.contextmanager
def _cut_off_late(connection: HTTPConnection) -> Iterator[None]:
    """Shut the socket once the head of an answer takes longer in all than one read may."""
    seconds = connection.timeout
    if not isinstance(seconds, (int, float)):
        yield
        return
    # A little later than the socket's own timeout, which tells better what happened.
    late = threading.Event()
    watch = threading.Timer(seconds + 0.5, _shut, args=(connection, late))
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
    if late.is_set():
        # The end of the stream has been taken for the end of the head.
        raise urllib3.exceptions.ProtocolError("the head of the answer did not end in time")


def _shut(connection: HTTPConnection, late: threading.Event) -> None:
    late.set()
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


class _Session(requests.Session):
    """A session that does not even look where a redirect leads: that would read its whole body."""

    def resolve_redirects(self, *_args: object, **_kwargs: object) -> Iterator[requests.Response]:
        return iter(())


class _Plain(HTTPConnection):
    reach: ClassVar[Reach]

    def _new_conn(self) -> socket.socket:
        return _reached(super()._new_conn(), self.host, self.reach)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        with _cut_off_late(self):
            return super().getresponse()


class _Secure(HTTPSConnection):
    reach: ClassVar[Reach]

    def _new_conn(self) -> socket.socket:
        return _reached(super()._new_conn(), self.host, self.reach)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        with _cut_off_late(self):
            return super().getresponse()


def _reached(opened: socket.socket, host: str, reach: Reach) -> socket.socket:
    """The connection, closed again if it leads where it should not."""
    try:
        reach.check_peer(host.lower(), str(opened.getpeername()[0]))
    except BaseException:
        opened.close()
        raise
    return opened


class _BoundedAdapter(HTTPAdapter):
    """Lets requests make its pools, and gives them our connections, bound to `reach`."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        plain = type("_PlainPool", (HTTPConnectionPool,), {"ConnectionCls": _bound(_Plain, reach)})
        secure = type(
            "_SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": _bound(_Secure, reach)}
        )
        self._pools = {"http": plain, "https": secure}
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: object, **kwargs: object) -> None:
        super().init_poolmanager(*args, **kwargs)  # type: ignore[arg-type]
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: object) -> object:
        self._reach.check_url(proxy)
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        self._reach.check_url(request.url or "")
        try:
            return super().send(request, *args, **kwargs)
        except requests.ConnectionError as error:
            # Raised while connecting, it comes back within errors of two libraries.
            raise _refusal(error) or error from None


def _refusal(error: BaseException) -> HostRefused | None:
    for inner in error.args:
        if isinstance(inner, HostRefused):
            return inner
        found = _refusal(inner) if isinstance(inner, BaseException) else None
        if found is not None:
            return found
    return None


def _bound(connection: type, reach: Reach) -> type:
    return type(connection.__name__, (connection,), {"reach": reach})
