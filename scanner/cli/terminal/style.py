"""What all that is printed shares: colours, marks, the width, and places in words."""

from __future__ import annotations

import os
import sys

from rich.console import Console as RichConsole
from rich.text import Text

from scanner.cli.text import plain
from scanner.model.decision import GateVerdict
from scanner.model.finding import Fingerprint
from scanner.model.location import EndpointLocation, Location
from scanner.model.outcome import EngineRun, Failed, Partial
from scanner.model.severity import Severity, Stage

SEVERITY_STYLE = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
VERDICT_STYLE = {
    GateVerdict.PASSED: "bold green",
    GateVerdict.FAILED: "bold red",
    GateVerdict.INCONCLUSIVE: "bold yellow",
}
_LOG_WIDTH = 140
# Enough to name one finding among some thousands, and short enough to type.
_SHORT = 8
_MARKS = {"done": "✓", "partial": "◐", "failed": "✗", "running": "•", "left out": "·"}
_PLAIN_MARKS = {"done": "+", "partial": "~", "failed": "x", "running": ">", "left out": "-"}


def rich_console(*, stderr: bool = False) -> RichConsole:
    """A console as wide as the terminal; in a log, where nothing wraps, wide enough for paths."""
    stream = sys.stderr if stderr else sys.stdout
    fixed = None if stream.isatty() or "COLUMNS" in os.environ else _LOG_WIDTH
    return RichConsole(stderr=stderr, highlight=False, width=fixed)


def mark(state: str, console: RichConsole) -> str:
    """A sign for the state of an engine, in what the terminal can write."""
    marks = _MARKS if "utf" in console.encoding.lower() else _PLAIN_MARKS
    return marks.get(state, marks["failed"])


def arrow(console: RichConsole) -> str:
    """What stands between the stations of an attack path."""
    return "→" if "utf" in console.encoding.lower() else "->"


def short(fingerprint: Fingerprint) -> str:
    """A fingerprint as commands take it: the beginning, without its version."""
    return fingerprint.partition(":")[2][:_SHORT] or fingerprint


def place(location: Location) -> str:
    """Where to look; an operation shows the code that serves it, if that is known."""
    if isinstance(location, EndpointLocation) and location.handler is not None:
        return f"{location} at {location.handler}"
    return str(location)


def state(run: EngineRun) -> tuple[str, str]:
    """The state of an engine's run in a word, and its style."""
    match run.outcome:
        case Failed(kind=kind):
            return kind.value, "red"
        case Partial():
            return "partial", "yellow"
        case _:
            return "done", "green"


def looked_at(run: EngineRun) -> str:
    """What an engine saw, or why it saw nothing."""
    outcome = run.outcome
    if isinstance(outcome, Failed):
        return outcome.reason
    text = count(len(outcome.targets), "operation" if run.stage is Stage.DAST else "file")
    if outcome.requests:
        text += f", {count(outcome.requests, 'request')}"
    if isinstance(outcome, Partial):
        text += f", {count(len(outcome.gaps), 'gap')}"
    return text


def told(run: EngineRun) -> str:
    """How an engine's run ended, in a few words."""
    if isinstance(run.outcome, Failed):
        return run.outcome.reason
    return f"{count(len(run.outcome.findings), 'finding')}, {looked_at(run)}"


def count(number: int, noun: str) -> str:
    """`1 file`, `1,200 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def clean(text: str, style: str = "") -> Text:
    """Untrusted text as something that can be printed."""
    return Text(plain(text), style=style)
