"""Two engines that meet, or do not."""

from __future__ import annotations

import threading
import time

from scanner.engines._endpoint.relay import Relay

QUIET = threading.Event()


def test_what_is_offered_is_taken() -> None:
    relay = Relay(expected=True)
    threading.Timer(0.2, relay.offer, ("http://127.0.0.1:1",)).start()
    assert relay.take(QUIET, 5) == "http://127.0.0.1:1"
    relay.begin("http://127.0.0.1:2")
    threading.Timer(0.2, relay.finish).start()
    assert relay.await_finish(QUIET, 5) == "http://127.0.0.1:2"


def test_nobody_waits_for_who_is_not_expected() -> None:
    relay = Relay()
    began = time.monotonic()
    assert relay.take(QUIET, 5) == ""
    assert relay.await_finish(QUIET, 5) == ""
    assert time.monotonic() - began < 4


def test_a_listener_that_went_away_is_not_waited_for() -> None:
    relay = Relay(expected=True)
    relay.withdraw()
    began = time.monotonic()
    assert relay.take(QUIET, 5) == ""
    assert relay.await_finish(QUIET, 5) == ""
    assert time.monotonic() - began < 4


def test_waiting_has_an_end() -> None:
    relay = Relay(expected=True)
    assert relay.take(QUIET, 0.2) == ""
    relay.offer("http://127.0.0.1:1")
    relay.begin("http://127.0.0.1:2")
    assert relay.await_finish(QUIET, 0.2) == ""
    stopped = threading.Event()
    stopped.set()
    began = time.monotonic()
    assert relay.await_finish(stopped, 5) == ""
    assert time.monotonic() - began < 4
