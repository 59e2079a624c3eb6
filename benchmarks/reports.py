"""What it costs to render many findings: `python -m benchmarks.reports [COUNT]`.

Prints a Markdown table: each format of COUNT findings (default 30,000) in a process of its own,
CPU seconds of rendering, size, gzipped size, and how much memory it took on top of the scan.
"""

from __future__ import annotations

import gzip
import multiprocessing
import platform
import resource
import sys
import time
from dataclasses import dataclass

from scanner.cli.output import uncollected
from scanner.reporters import NAMES, json_v1, reporter
from tests.reporters import factory


@dataclass(frozen=True, slots=True)
class Cost:
    """One format's cost."""

    seconds: float
    size: int
    packed: int
    memory_mb: float


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30_000
    print(f"{count:,} findings, Python {platform.python_version()}, {platform.machine()}\n")
    print("| format | CPU seconds | MB | MB gzipped | memory, MB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in (*NAMES, "read back"):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            cost = pool.apply(measure, (name, count))
        print(
            f"| {name} | {cost.seconds:.1f} | {cost.size / 1e6:.1f} | {cost.packed / 1e6:.1f} "
            f"| {cost.memory_mb:.0f} |",
            flush=True,
        )


def measure(name: str, count: int) -> Cost:
    """Render one format, or read a `result.json` back."""
    scan = factory.many(count)
    text = reporter("json").render(scan) if name == "read back" else ""
    before = _peak_mb()
    started = time.process_time()
    with uncollected():
        if name == "read back":
            json_v1.load(text)
        else:
            text = reporter(name).render(scan)
    seconds = time.process_time() - started
    memory = _peak_mb() - before
    data = text.encode("utf-8")
    return Cost(seconds, len(data), len(gzip.compress(data)), memory)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
