"""Many scans in a row: nothing grows, nothing stays. `make soak` (SOAK_SCANS=100).

Each scans the bundled endpoint in its hardened posture, code and attack. Afterwards there must be
no process, listening port or temporary file more than before, and the last scans must not need
more memory than the first.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
POSTURE = ROOT / "sample_endpoint" / "hardened"


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
    """Run the scans, print a line for every tenth, and the outcome; 1 where something grew."""
    scans = int(os.environ.get("SOAK_SCANS", "100"))
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


if __name__ == "__main__":
    sys.exit(main())
