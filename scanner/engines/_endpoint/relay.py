"""Lets the traffic of one engine pass through the proxy of another, without either knowing it.

The engine that listens offers its proxy; the one that probes takes it, tells where its endpoint is,
and says when it is done. Nobody waits for a partner that will not come: `withdraw` and `finish` are
said on every way out.
"""

from __future__ import annotations

import threading
import time

_POLL = 0.1


class Relay:
    """One meeting of two engines in one run; safe to use from both of their threads."""

    def __init__(self, *, expected: bool = False) -> None:
        """`expected` is whether both engines are part of the run; if not, nobody waits."""
        self._expected = expected
        self._settled = threading.Event()
        self._finished = threading.Event()
        self._proxy = ""
        self._origin = ""

    def expect(self) -> None:
        """Say that both engines are part of the run."""
        self._expected = True

    @property
    def expected(self) -> bool:
        """Whether both engines are part of the run."""
        return self._expected

    def offer(self, proxy: str) -> None:
        """The listener is ready at this URL."""
        self._proxy = proxy
        self._settled.set()

    def withdraw(self) -> None:
        """The listener is not, or no longer, there; after `offer` this changes nothing."""
        self._settled.set()

    def take(self, cancelled: threading.Event, seconds: float) -> str:
        """The proxy to send through; empty where none comes within `seconds`."""
        if self._expected:
            self._wait(self._settled, cancelled, seconds)
        return self._proxy

    def begin(self, origin: str) -> None:
        """The prober has taken the proxy for an endpoint at this origin."""
        self._origin = origin

    def finish(self) -> None:
        """The prober sends nothing more."""
        self._finished.set()

    def await_finish(self, cancelled: threading.Event, seconds: float) -> str:
        """Wait for the prober; the origin that it probed, empty where it did not come in time."""
        if self._expected and self._proxy:
            self._wait(self._finished, cancelled, seconds)
        return self._origin if self._finished.is_set() else ""

    @staticmethod
    def _wait(event: threading.Event, cancelled: threading.Event, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not event.wait(_POLL):
            if cancelled.is_set() or time.monotonic() > end:
                return
