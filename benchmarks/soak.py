"""Many scans in a row, and a long attack: nothing grows, nothing stays. `make soak`.

SOAK_SCANS=100 scans of the bundled endpoint in its hardened posture, code and attack: afterwards
there must be no process, listening port or temporary file more than before, and the last scans must
not need more memory than the first. Then one attack of SOAK_MINUTES=3 on its vulnerable posture,
with CONNECTIONS at a time: memory, open files and threads must not grow in its second half.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from scanner.config import load_settings
from scanner.engines._endpoint.target import running
from scanner.engines.dast.client import AttackStopped, Client
from scanner.engines.dast.conversation import Call
from scanner.target import target_of

ROOT = Path(__file__).parents[1]
POSTURE = ROOT / "sample_endpoint" / "hardened"
ATTACKED = ROOT / "sample_endpoint" / "vulnerable"
CONNECTIONS = 50


def belonging_to(folder: Path) -> int:
    """How many processes were started with this folder for temporary files."""
    mark = f"TMPDIR={folder}".encode()
    found = 0
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            found += mark in path.read_bytes()
    return found


def listening() -> int:
    """How many TCP ports are listened on."""
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(row.split()[3] == "0A" for row in rows)


def main() -> int:
    """Run both; 1 where something grew or stayed."""
    scans = int(os.environ.get("SOAK_SCANS", "100"))
    minutes = float(os.environ.get("SOAK_MINUTES", "3"))
    return max(in_a_row(scans) if scans else 0, long_attack(minutes) if minutes else 0)


def in_a_row(scans: int) -> int:
    """Run the scans, print a line for every tenth, and the outcome; 1 where something grew."""
    ports = listening()
    seconds: list[float] = []
    peaks: list[int] = []
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder) / "tmp"
        temporary.mkdir()
        env = {**os.environ, "TMPDIR": str(temporary), "XDG_CACHE_HOME": f"{folder}/cache"}
        argv = [sys.executable, "-m", "scanner", "scan", str(POSTURE), "--quiet"]
        argv += ["--config", str(POSTURE / "servegate.toml"), "--out", f"{folder}/out"]
        argv += ["--skip", "checkov,zap", "--no-cache"]
        for number in range(1, scans + 1):
            began = time.monotonic()
            done = subprocess.Popen(argv, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
            _, status, usage = os.wait4(done.pid, 0)
            done.returncode = os.waitstatus_to_exitcode(status)
            seconds.append(time.monotonic() - began)
            peaks.append(usage.ru_maxrss)
            if done.returncode != 0:
                sys.stdout.write(f"scan {number} ended with {done.returncode}\n")
                return 1
            if number % 10 == 0 or number == scans:
                sys.stdout.write(
                    f"{number:4} scans, {statistics.median(seconds[-10:]):5.1f} s each, "
                    f"{max(peaks[-10:]) >> 10} MB\n"
                )
        time.sleep(1)
        processes = belonging_to(temporary)
        left = [path.name for path in temporary.iterdir()]
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    tenth = max(1, scans // 10)
    first, last = max(peaks[:tenth]), max(peaks[-tenth:])
    sys.stdout.write(
        f"processes left {processes}, ports more {listening() - ports}, "
        f"temporary files {len(left)}, memory {first >> 10} to {last >> 10} MB, "
        f"reports and cache {size >> 10} kB\n"
    )
    grew = processes or listening() > ports or left or last > first * 1.2
    return 1 if grew else 0


class Sample(NamedTuple):
    """What this process has at one moment; memory in kB."""

    memory: int
    files: int
    threads: int
    connections: int


def long_attack(minutes: float) -> int:
    """Attack the endpoint through the client that probes use; 1 where something grew or failed."""
    seconds = minutes * 60
    settings = load_settings(ATTACKED / "servegate.toml", {})
    target = target_of(settings, ROOT, os.environ)
    if target is None:
        raise SystemExit(f"{ATTACKED} names no endpoint")
    target = replace(
        target,
        max_seconds=seconds,
        max_requests=100_000_000,
        requests_per_second=100_000.0,
    )
    answers: Counter[int] = Counter()
    samples: list[Sample] = []
    ended = threading.Event()
    with (
        running(target, ended, lambda _: None) as endpoint,
        contextlib.closing(Client(endpoint, target, ended)) as client,
        ThreadPoolExecutor(CONNECTIONS) as pool,
    ):
        counts = [pool.submit(_attack, client) for _ in range(CONNECTIONS)]
        while not all(count.done() for count in counts):
            samples.append(_sample())
            time.sleep(1)
        for count in counts:
            answers.update(count.result())
        died = endpoint.died()
    half = len(samples) // 2
    early, late = (
        Sample(*(int(statistics.median(column)) for column in zip(*part, strict=True)))
        for part in (samples[half // 2 : half], samples[half:])
    )
    most = Sample(*map(max, zip(*samples, strict=True)))
    shown = ", ".join(f"{count:,} of status {status}" for status, count in sorted(answers.items()))
    sys.stdout.write(
        f"attack of {seconds:.0f} s: {answers.total():,} requests ({shown}), up to "
        f"{most.connections} connections, {most.threads} threads, {most.files} open files; memory "
        f"{early.memory >> 10} to {late.memory >> 10} MB; the endpoint {died or 'lived'}\n"
    )
    grew = late.memory > early.memory * 1.2 or late.files > early.files + CONNECTIONS
    return int(grew or bool(died) or answers[0] > 0 or most.connections < CONNECTIONS)


def _attack(client: Client) -> Counter[int]:
    """Send well-formed, malformed and refused requests in turn until the time is over."""
    answers: Counter[int] = Counter()
    ask = {"text": "great", "model": "x" * 200}
    with contextlib.suppress(AttackStopped):
        for number in itertools.count():
            for call in (
                Call(label="list", method="GET", path="/v1/models", identity="alice"),
                Call(label="ask", method="POST", path="/v1/predict", identity="bob", json_body=ask),
                Call(label="nobody", method="GET", path=f"/v1/jobs/{number}"),
                Call(
                    label="broken",
                    method="POST",
                    path="/v1/predict",
                    identity="alice",
                    raw_body=b"{" * 2000,
                ),
            ):
                answers[client.send_at_once(call).status] += 1
    return answers


def _sample() -> Sample:
    own = Path("/proc/self")
    fields = dict(line.split(":", 1) for line in (own / "status").read_text().splitlines())
    kinds = []
    for file in (own / "fd").iterdir():
        with contextlib.suppress(OSError):
            kinds.append(str(file.readlink()).partition(":")[0])
    return Sample(
        memory=int(fields["VmRSS"].split()[0]),
        files=len(kinds),
        threads=int(fields["Threads"]),
        connections=kinds.count("socket"),
    )


if __name__ == "__main__":
    sys.exit(main())
