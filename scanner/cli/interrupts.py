"""How an interrupt ends a scan: the engines are told, and the scan ends when they have."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from queue import SimpleQueue

_NUMBERS = (signal.SIGTERM, signal.SIGINT)


@contextlib.contextmanager
def interrupts() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set; raises `KeyboardInterrupt` at the end if one came.

    A second signal changes nothing: it would end us while the engines' processes are being ended.
    Their end is bounded, so there is nothing to be hurried.

    A handler runs between any two steps of the main thread, whatever lock it holds just then. So
    ours neither raises, which could leave a lock taken that an engine's thread waits for, nor sets
    the event itself, whose lock a second signal would wait for without end: it rings a bell that
    may be rung at any time (https://docs.python.org/3/library/queue.html, "reentrant").
    """
    cancelled = threading.Event()
    bell: SimpleQueue[bool] = SimpleQueue()

    def listen() -> None:
        if bell.get():
            cancelled.set()

    listener = threading.Thread(target=listen, name="interrupts", daemon=True)
    listener.start()
    before = [signal.signal(number, lambda *_: bell.put(True)) for number in _NUMBERS]
    try:
        yield cancelled
    finally:
        bell.put(False)
        listener.join()
        # Once interrupted, we are on our way out, and stay deaf until we are gone.
        if not cancelled.is_set():
            for number, handler in zip(_NUMBERS, before, strict=True):
                signal.signal(number, handler)
        # The bell may have rung between the listener's end and that of our handlers.
        if not bell.empty():
            cancelled.set()
    if cancelled.is_set():
        raise KeyboardInterrupt
