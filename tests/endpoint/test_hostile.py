"""Endpoints that misbehave: each exchange ends in time, within its bytes, at its own host."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from scanner.engines._endpoint.target import Running
from scanner.engines.dast.client import MAX_BODY, AttackStopped, Client
from scanner.engines.dast.conversation import Call
from scanner.model.plan import Identity, Role, Target

Serve = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def server(serve: Serve) -> Iterator[str]:
    """A raw TCP server on loopback that hands each connection to `serve`."""
    listening = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def one(connection: socket.socket) -> None:
        with closing(connection):
            try:
                connection.recv(65536)
                serve(connection)
            except OSError:
                pass

    def accept() -> None:
        while not stop.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        stop.set()
        listening.close()


def client(origin: str, *identities: Identity, **limits: float) -> Client:
    target = Target(
        name="t",
        url=origin,
        identities=identities,
        request_timeout=limits.get("timeout", 1.0),
        max_requests=int(limits.get("requests", 50)),
        max_seconds=limits.get("seconds", 20.0),
    )
    return Client(Running(origin=origin), target, threading.Event())


def send_many(one: Client) -> None:
    for _ in range(1000):
        one.send(Call(label="x", method="GET", path="/"))


def forever(piece: bytes, pause: float, head: bytes = OK + b"\r\n") -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(400):
            connection.sendall(piece)
            time.sleep(pause)

    return serve


def whole(answer: bytes) -> Serve:
    return lambda connection: connection.sendall(answer)


BOMB = gzip.compress(b"\0" * 60_000_000)
HOSTILE: dict[str, Serve] = {
    "endless body": forever(b"x" * 65536, 0.0),
    "slow drip": forever(b"x", 0.1),
    "drip of a head": forever(b"X-A: b\r\n", 0.1, b"HTTP/1.1 200 OK\r\n"),
    "gzip bomb": whole(OK + b"Content-Encoding: gzip\r\n\r\n" + BOMB),
    "broken gzip": whole(OK + b"Content-Encoding: gzip\r\n\r\nnot gzip"),
    "broken chunking": whole(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n"),
    "huge header": whole(OK + b"X-Big: " + b"a" * 5_000_000 + b"\r\n\r\n{}"),
    "many headers": whole(OK + b"X-A: b\r\n" * 5000 + b"\r\n{}"),
    "no HTTP": whole(b"\x00\xff garbage\r\n\r\n"),
    "nothing": whole(b""),
    "short body": whole(OK + b"Content-Length: 1000\r\n\r\n{}"),
    "silence": lambda _connection: time.sleep(30),
    "event stream": forever(
        b"data: x\n\n", 0.1, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_exchange_ends_in_time_and_within_bounds(kind: str) -> None:
    with server(HOSTILE[kind]) as origin, closing(client(origin)) as one:
        began = time.monotonic()
        reply = one.send(Call(label="x", method="GET", path="/"))
        assert time.monotonic() - began < 6
        assert len(reply.body) <= MAX_BODY
        assert reply.fault or kind == "event stream", reply
        assert len(reply.exchange.response.body if reply.exchange.response else "") <= 4000


def test_a_redirect_is_not_followed() -> None:
    elsewhere: list[bytes] = []
    with server(lambda _connection: elsewhere.append(b"hit")) as other:
        moved = f"HTTP/1.1 302 Found\r\nLocation: {other}/x\r\nContent-Length: 0\r\n\r\n"
        with server(whole(moved.encode())) as origin, closing(client(origin)) as one:
            reply = one.send(Call(label="x", method="GET", path="/"))
            assert (reply.status, reply.header("location")) == (302, f"{other}/x")
    assert not elsewhere


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    hits: list[bytes] = []
    with server(lambda _connection: hits.append(b"hit")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("ALL_PROXY", proxy)
        with (
            server(whole(OK + b"Content-Length: 2\r\n\r\n{}")) as origin,
            closing(client(origin)) as one,
        ):
            assert one.send(Call(label="x", method="GET", path="/")).status == 200
    assert not hits


@pytest.mark.parametrize(
    ("limits", "told"),
    [({"requests": 3}, "3 requests"), ({"seconds": 0.3}, "0.3 s")],
)
def test_budgets_stop_the_attack(limits: dict[str, float], told: str) -> None:
    with (
        server(whole(OK + b"Content-Length: 2\r\n\r\n{}")) as origin,
        closing(client(origin, **limits)) as one,
    ):
        with pytest.raises(AttackStopped, match=told):
            send_many(one)
        assert one.sent < 500


def test_a_limiter_that_never_ends_stops_the_attack() -> None:
    limited = b"HTTP/1.1 429 Too Many\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"
    with server(whole(limited)) as origin, closing(client(origin)) as one:
        with pytest.raises(AttackStopped, match="Retry-After 3600"):
            send_many(one)
        assert one.sent < 12


def test_a_short_limit_is_waited_for_where_a_model_is_talked_with() -> None:
    limited = b"HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
    answers = [limited, OK + b"Content-Length: 2\r\n\r\n{}"]
    with (
        server(lambda connection: connection.sendall(answers.pop(0))) as origin,
        closing(client(origin)) as one,
    ):
        assert one.send_patiently(Call(label="c", method="GET", path="/")).status == 200
        assert one.sent == 2


def test_a_long_limit_is_not_waited_for() -> None:
    limited = b"HTTP/1.1 429 Too Many\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n"
    with server(whole(limited)) as origin, closing(client(origin)) as one:
        began = time.monotonic()
        for _ in range(20):
            assert one.send_patiently(Call(label="c", method="GET", path="/")).status == 429
        assert time.monotonic() - began < 10, "nobody is asked to wait for an hour"


def test_no_record_holds_a_credential() -> None:
    secret = "s3cret-value-of-alice"
    alice = Identity(
        name="alice",
        role=Role.USER,
        header="Authorization",
        value_env="ALICE_KEY",
        secret=f"Bearer {secret}",
        prefix="Bearer ",
    )
    echo = f'{{"you sent": "Bearer {secret}", "twice": "{secret}"}}'.encode()
    answer = OK + f"X-Echo: {secret}\r\nSet-Cookie: s={secret}\r\n".encode()
    answer += f"Content-Length: {len(echo)}\r\n\r\n".encode() + echo
    with server(whole(answer)) as origin, closing(client(origin, alice)) as one:
        call = Call(
            label="x", method="POST", path=f"/{secret}", identity="alice", json_body={"k": secret}
        )
        reply = one.send(call)
    assert secret in reply.text, "a probe may judge by the whole answer"
    assert secret not in repr(reply.exchange)
    assert ("Authorization", "Bearer $ALICE_KEY") in reply.exchange.request.headers
