"""Tens of thousands of findings fit into little memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
FILES, EACH = 300, 100
MOST_MB = 200
CODE = """\
import sys
from scanner.cli.app import main
sys.argv = ["servegate", "scan", ".", "--only", "bandit", "--quiet"]
try:
    main()
except SystemExit:
    pass
# Not what getrusage says: that has in it what the process was before it became this program.
rows = dict(row.split(":") for row in open("/proc/self/status"))
print("peak", int(rows["VmHWM"].split()[0]) // 1024)
"""


def test_thirty_thousand_findings(tmp_path: Path) -> None:
    for number in range(FILES):
        calls = "".join(f"x{n} = yaml.load(a{n})\n" for n in range(EACH))
        (tmp_path / f"m{number}.py").write_text(f"import yaml\n{calls}")
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert f"{FILES * EACH:,} findings" in done.stdout
    assert (tmp_path / "servegate-report" / "result.json").stat().st_size > 20_000_000
    assert int(done.stdout.split("peak ")[1]) < MOST_MB
