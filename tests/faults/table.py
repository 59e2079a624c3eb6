"""What may go wrong, how it is made to, and what must come of it.

The table is the test's parameters, and the page `docs/reliability.md`, which
`python -m tests.faults.table` writes anew. An engine's fault is made by a small program in its
place, which mostly runs the real one; faults of the machine by limits and by the environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"
ENGINES = ("bandit", "semgrep", "checkov", "zizmor")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFault:
    """A program in place of an engine: `script` is shell, `$REAL` the real one.

    `told` is in the engine's reason or gaps.
    """

    name: str
    script: str
    told: str
    states: tuple[str, ...] = ("failed",)


ENGINE_FAULTS = (
    EngineFault(name="not installed", script="", told="which SERVEGATE_"),
    EngineFault(
        name="is of a version before those that our rules are made for",
        script=(
            'case "$*" in *--version*) echo 0.9.1; exit;; esac\n'
            '"$REAL" "$@" > "$TMPDIR/all"; code=$?\n'
            """sed -E 's/("(checkov_)?version": *")[0-9.]+"/\\10.9.1"/' "$TMPDIR/all"\n"""
            "exit $code"
        ),
        told="0.9.1 is older than",
        states=("partial",),
    ),
    EngineFault(name="crashes at once", script="echo boom >&2; exit 139", told="signal 11"),
    EngineFault(
        name="killed half-way (SIGKILL, as the OOM killer does)",
        script='"$REAL" "$@" & sleep 0.1; kill -9 $!; kill -9 $$',
        told="killed by signal 9",
    ),
    EngineFault(name="hangs", script="sleep 600", told="did not end within"),
    EngineFault(name="prints nothing", script="exit 0", told=""),
    EngineFault(name="prints garbage", script="head -c 100000 /dev/urandom", told=""),
    EngineFault(name="prints 500 MB", script="head -c 500000000 /dev/zero", told="MiB"),
    EngineFault(
        name="prints half of its JSON",
        script=(
            '"$REAL" "$@" > "$TMPDIR/all"\nhead -c $(($(wc -c < "$TMPDIR/all") / 2)) "$TMPDIR/all"'
        ),
        told="",
    ),
    EngineFault(name="prints another document", script="echo '{\"a\": [1, 2]}'", told=""),
    EngineFault(
        name="ends with a strange exit code",
        script='"$REAL" "$@"; exit 77',
        told="77",
        # A whole answer is kept, and is not all.
        states=("failed", "partial"),
    ),
    EngineFault(
        name="is another program", script="echo usage: nothing like it >&2; exit 2", told=""
    ),
)


Kept = Literal["all findings", "a report that names the engine", "no new report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFault:
    """Something about the machine: `before` is shell that runs in the same shell as the scan.

    `codes` may end it; `told` is printed; `kept` tells what is in the folder of reports.
    `apart` wants a shell with file systems of its own.
    """

    name: str
    before: str
    codes: tuple[int, ...]
    told: str = ""
    kept: Kept = "all findings"
    words: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    apart: bool = False


MACHINE_FAULTS = (
    MachineFault(
        name="the disk is full when reports are written",
        before="ulimit -f 8",
        codes=(2,),
        told="can't be written",
        kept="no new report",
        words=("--only", "bandit"),
    ),
    MachineFault(
        name="the output folder is a file",
        before="touch out",
        codes=(2,),
        told="out: can't be made",
        kept="no new report",
        words=("--only", "bandit"),
    ),
    MachineFault(
        name="the output folder can't be written to",
        before="",
        codes=(2,),
        told="can't be",
        kept="no new report",
        words=("--only", "bandit", "--out", "/proc/servegate"),
    ),
    MachineFault(
        name="no home folder",
        before="unset HOME XDG_CACHE_HOME",
        codes=(1,),
        words=("--only", "sast"),
    ),
    MachineFault(
        name="a home folder that does not exist",
        before="",
        codes=(1,),
        words=("--only", "sast"),
        env={"HOME": "/nonexistent", "XDG_CACHE_HOME": ""},
    ),
    MachineFault(
        name="no folder for temporary files",
        before="",
        codes=(1, 3),
        told="",
        words=("--only", "bandit"),
        env={"TMPDIR": "/nonexistent/tmp"},
    ),
    MachineFault(
        name="no room in the folder for temporary files",
        before="mount -t tmpfs -o size=16k none tmp",
        codes=(1, 3),
        told="No space left on device",
        kept="a report that names the engine",
        words=("--only", "semgrep"),
        apart=True,
    ),
    MachineFault(
        name="few open files are allowed",
        before="ulimit -n 64",
        codes=(1, 3),
        words=("--only", "sast"),
    ),
    MachineFault(
        name="output is closed by its reader",
        before="",
        codes=(0, 1, 2),
        words=("--only", "bandit", "|", "head", "-c", "1"),
    ),
    MachineFault(
        name="a locale that knows ASCII alone",
        before="",
        codes=(1,),
        words=("--only", "bandit"),
        env={"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
    ),
    MachineFault(
        name="a clock in another century",
        before="",
        codes=(1,),
        words=("--only", "bandit"),
        env={"SOURCE_DATE_EPOCH": "4102444800", "TZ": "Pacific/Kiritimati"},
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFault:
    """An endpoint that does not behave: `program` is Python that is given the port."""

    name: str
    program: str
    told: str
    states: tuple[str, ...] = ("partial",)
    codes: tuple[int, ...] = (1, 3)


_SERVER = """
import http.server, json, os, sys, time
OK = {{"get": {{"responses": {{"200": {{"description": "ok"}}}}}}}}
HEAD = {{"openapi": "3.0.0", "info": {{"title": "t", "version": "1"}}}}
SPEC = json.dumps({{**HEAD, "paths": {{"/a": OK, "/b": OK}}}}).encode()
class H(http.server.BaseHTTPRequestHandler):
    count = 0
    def answer(self, code, body, kind="application/json"):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def flood(self, piece, pause):
        self.send_response(200)
        self.end_headers()
        for _ in range(1000):
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(pause)
    def do_GET(self):
        H.count += 1
        if "openapi" in self.path and {known}:
            return self.answer(200, SPEC)
        {body}
    do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = do_GET
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), H).serve_forever()
"""


def _server(body: str, *, known: bool = True) -> str:
    return _SERVER.format(body=body, known=known)


TARGET_FAULTS = (
    TargetFault(name="no such program", program="", told="ended|exit code", states=("failed",)),
    TargetFault(
        name="ends at once",
        program="print('no model'); raise SystemExit(4)",
        told="no model",
        states=("failed",),
    ),
    TargetFault(
        name="is never ready",
        program="import time; time.sleep(600)",
        told="ready",
        states=("failed",),
    ),
    TargetFault(
        name="dies under attack",
        program=_server("os._exit(1) if H.count > 12 else self.answer(200, b'{}')"),
        told="the endpoint .* in the attack",
    ),
    TargetFault(
        name="is killed under attack (SIGKILL)",
        program=_server("os.kill(os.getpid(), 9) if H.count > 12 else self.answer(200, b'{}')"),
        told="the endpoint .* in the attack",
    ),
    TargetFault(
        name="answers 500 to everything but its specification",
        program=_server("self.answer(500, b'{}')"),
        told="",
        states=("partial", "completed"),
    ),
    TargetFault(
        name="gives a specification that is none",
        program=_server("self.answer(200, b'<html>' * 100, 'text/html')", known=False),
        told="openapi.json",
        states=("failed",),
    ),
    TargetFault(
        name="sends 1 GB",
        program=_server("self.flood(b'x' * 1048576, 0)"),
        told="",
        states=("partial", "completed"),
    ),
    TargetFault(name="never ends an answer", program=_server("self.flood(b'x', 0.2)"), told=""),
)

_TOP = """
# Reliability

What may go wrong with engines, the endpoint and the machine, and what comes of it. The page is
generated from the tests that make each of these happen (`tests/faults/`, in `make test`): there are
no rows that are not tried.

What is true of all: no traceback, one line that names the thing; what other engines found is still
reported; nothing passes that was not looked at; no process and no temporary file stays.

## Engines

Each of these with each of {engines}. The engine has *failed*, by name (where it
gave a whole answer all the same, that is kept as *partial*); the others' findings are in every
report; without a finding that blocks the verdict is *inconclusive*, exit code 3.

"""
_TARGET = """
## The endpoint

What was found before stays; what was not tried is a gap by name.

| the endpoint | the probes have |
| --- | --- |
"""
_MACHINE = """
## The machine

Reports are written to a temporary name and moved into place: each is whole or not there.

| fault | exit code | what is kept |
| --- | --- | --- |
"""
_ENDS = """
## Ends

| end | what comes of it |
| --- | --- |
| SIGINT or SIGTERM, also twice, at any moment | exit code 130 and no verdict; no child stays |
| SIGKILL of servegate itself | a small process at the other end of a pipe ends what is left |
| the same, after engines had ended | `servegate report --recover` tells what they had found |
| two scans at once in one checkout | both end as if alone; the reports are those of the later |
"""


def page() -> str:
    """The table as documentation."""
    return "".join(
        (
            _TOP.lstrip().format(engines=", ".join(ENGINES)),
            *(f"- {fault.name}\n" for fault in ENGINE_FAULTS),
            _TARGET,
            *(f"| {one.name} | {' or '.join(one.states)} |\n" for one in TARGET_FAULTS),
            _MACHINE,
            *(f"| {one.name} | {_codes(one.codes)} | {one.kept} |\n" for one in MACHINE_FAULTS),
            _ENDS,
        )
    )


def _codes(codes: tuple[int, ...]) -> str:
    return " or ".join(map(str, codes))


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{os.path.relpath(PAGE)}\n")
