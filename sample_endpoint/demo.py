"""`make demo`: the main job on the bundled endpoint, in both of its postures.

Exits with 0 when the gate said what it should: failed for the vulnerable posture, passed for the
hardened one.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_EXPECTED = {"vulnerable": (1, "FAILED"), "hardened": (0, "PASSED")}


def main() -> int:
    """Gate both postures, one after the other; reports go below the working folder."""
    out = Path("servegate-report")
    wrong = []
    for posture, (code, word) in _EXPECTED.items():
        folder = _HERE / posture
        _say(f"\n=== The {posture} posture: the gate should say {word} ===\n")
        began = time.monotonic()
        words = ["scan", str(folder), "--config", str(folder / "servegate.toml")]
        ended = subprocess.run(
            [sys.executable, "-m", "scanner", *words, "--out", str(out / posture)], check=False
        )
        _say(f"Exit code {ended.returncode} after {time.monotonic() - began:.1f} s\n")
        if ended.returncode != code:
            wrong.append(f"{posture}: exit code {ended.returncode} instead of {code}")
    if wrong:
        _say(f"\nThe demo went wrong: {'; '.join(wrong)}\n")
        return 1
    reports = " and ".join(str(out / posture / "report.html") for posture in _EXPECTED)
    _say(f"\nBoth verdicts are as they should be. Open {reports} in a browser.\n")
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
