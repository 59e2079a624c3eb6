"""How long the probes of a language model take, and how much they ask, at a given time per answer.

    python -m benchmarks.model_probes [seconds per answer, default 1.0]

The model is a double that holds out (so that nothing ends early) and one that gives in; the wire is
left out, an answer takes the given time. Conversations go on side by side as in a scan.
"""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from scanner.engines.dast.conversation import Call, Phase, Probe, World
from scanner.engines.dast.probes import PROBES
from scanner.model.plan import ModelOptions
from tests.probes import talkers
from tests.probes.harness import Answer, Server, reply_to
from tests.probes.talkers import CHAT, meeting, server


def measure(model: talkers.Model, seconds: float) -> tuple[float, int]:
    """Wall time and number of answers of the whole suite, the first meeting included."""
    asked = 0
    lock = threading.Lock()
    serve = server(model)
    options = ModelOptions()

    def slowly(call: Call) -> Answer:
        nonlocal asked
        with lock:
            asked += 1
        time.sleep(seconds)
        return serve(call)

    began = time.monotonic()
    world = meeting(slowly, options)
    chat_probes = [probe for probe in PROBES if probe.phase is Phase.CHAT]
    with ThreadPoolExecutor(options.concurrency) as pool:
        list(pool.map(lambda probe: _converse(probe, world, slowly), chat_probes))
    return time.monotonic() - began, asked


def _converse(probe: Probe, world: World, serve: Server) -> None:
    operation = next(one for one in world.operations if str(one) == CHAT)
    conversation = probe.converse(operation, world)
    try:
        call = next(conversation)
        while True:
            call = conversation.send(reply_to(call, serve))
    except StopIteration:
        return


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    for model in (talkers.sound, talkers.gullible):
        took, asked = measure(model, seconds)
        told = f"{model.__name__}: {took:.1f} s, {asked} requests at {seconds:g} s each"
        sys.stdout.write(f"{told}\n")


if __name__ == "__main__":
    main()
