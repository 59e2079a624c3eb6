"""No request goes to a host that nobody named, nor to where a name did not lead before."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator

import pytest

from scanner.engines._endpoint import session as sessions
from scanner.engines._endpoint.reach import Addresses, HostRefused, Reach, hosts_of, is_loopback
from scanner.engines._endpoint.session import TRANSPORT_ERRORS, fault_text, new_session


class _Quiet(http.server.BaseHTTPRequestHandler):
    heard: list[str]

    def do_GET(self) -> None:
        self.heard.append(self.path)
        where = self.path.partition("to=")[2]
        self.send_response(302 if where else 200)
        if where:
            self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def served() -> Iterator[tuple[str, list[str]]]:
    heard: list[str] = []
    handler = type("Quiet", (_Quiet,), {"heard": heard})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()


def test_what_was_named_is_reached(served: tuple[str, list[str]]) -> None:
    origin, heard = served
    with new_session(True, origin) as session:
        assert session.get(f"{origin}/a", timeout=5).status_code == 200
    assert heard == ["/a"]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.2:1/",
        "http://localhost:1/",
        "http://169.254.169.254/latest",
        "http://other.example/",
        "http://127.0.0.1@other.example/",
        "http://[::1]:1/",
        "http://127.0.0.1.other.example/",
    ],
)
def test_no_other_host_is_even_looked_up(
    url: str, served: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked_up(*_words: object, **_more: object) -> None:
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    with new_session(True, served[0]) as session, pytest.raises(HostRefused) as refused:
        session.get(url, timeout=5)
    assert isinstance(refused.value, TRANSPORT_ERRORS)
    assert "was not named" in fault_text(refused.value)


def test_a_redirect_is_not_followed(served: tuple[str, list[str]]) -> None:
    origin, heard = served
    with new_session(True, origin) as session:
        answer = session.get(f"{origin}/?to=http://other.example/", timeout=5)
    assert answer.status_code == 302
    assert len(heard) == 1


def test_a_proxy_must_be_named_too(served: tuple[str, list[str]]) -> None:
    with new_session(True, served[0]) as session, pytest.raises(HostRefused):
        session.get(served[0], timeout=5, proxies={"http": "http://proxy.example:3128"})


def leading(monkeypatch: pytest.MonkeyPatch, port: int, *addresses: str) -> None:
    """A name server that gives one address after the other."""
    left = list(addresses)

    def lookup(*_words: object, **_more: object) -> list[object]:
        where = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where, port))]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


def test_a_name_that_moves_is_not_followed(
    served: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: what was allowed is the machine that answered at first."""
    origin, heard = served
    port = int(origin.rpartition(":")[2])
    other = http.server.ThreadingHTTPServer(
        ("127.0.0.2", port), type("Other", (_Quiet,), {"heard": heard})
    )
    threading.Thread(target=other.serve_forever, daemon=True).start()
    monkeypatch.setattr(sessions, "_ADDRESSES", Addresses())
    leading(monkeypatch, port, "127.0.0.1", "127.0.0.2")
    named = f"http://models.example:{port}"
    try:
        with new_session(True, named) as session:
            assert session.get(f"{named}/first", timeout=5).status_code == 200
        with (
            new_session(True, named) as session,
            pytest.raises(HostRefused, match="did not before"),
        ):
            session.get(f"{named}/second", timeout=5)
    finally:
        other.shutdown()
        other.server_close()
    assert heard == ["/first"]


def test_a_name_of_this_machine_leads_nowhere_else() -> None:
    reach = Reach(hosts_of(["http://localhost:80"]), Addresses())
    with pytest.raises(HostRefused, match="not this machine"):
        reach.check_peer("localhost", "10.0.0.7")
    reach.check_peer("localhost", "::ffff:127.0.0.1")


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("::ffff:10.0.0.1", False),
        ("localhost.example", False),
        ("0.0.0.0", False),
        ("", False),
    ],
)
def test_what_this_machine_is(host: str, here: bool) -> None:
    assert is_loopback(host) is here
