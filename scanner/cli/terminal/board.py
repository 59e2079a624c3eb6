"""The engines at work: one line each, alive on a terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from rich.console import Console as RichConsole
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from scanner.cli.terminal.style import clean, count, mark, state, told
from scanner.model.outcome import EngineRun, Failed
from scanner.model.plan import Plan
from scanner.model.protocols import Tally
from scanner.run import Progress

_NARROW = 72
_BAR = 14


class Board:
    """What is known of each engine now. `before` holds how many seconds each took the last time,
    which is the only honest ground for saying how long it will take."""

    def __init__(self, plan: Plan, console: RichConsole, before: Mapping[str, float]) -> None:
        self._console = console
        self._before = before
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._stage = {task.engine: task.stage.value for task in plan.tasks}
        self._text = {task.engine: "waiting" for task in plan.tasks}
        self._tally: dict[str, Tally] = {}
        self._ended: dict[str, EngineRun] = {}

    def take(self, event: Progress) -> None:
        """Note what happened; called from the engines' threads."""
        with self._lock:
            if event.ended is not None:
                self._ended[event.engine] = event.ended
            elif event.tally is not None:
                self._tally[event.engine] = event.tally
            else:
                self._text[event.engine] = event.text

    def shown(self) -> RenderableType:
        """The board as it is now."""
        with self._lock:
            seconds = time.monotonic() - self._began
            narrow = self._console.width < _NARROW
            table = Table(box=None, padding=(0, 1, 0, 0), show_header=False)
            for name in ("mark", "engine", "what", "time"):
                table.add_column(name, overflow="ellipsis", no_wrap=True)
            for engine in self._text:
                table.add_row(*self._row(engine, seconds, narrow=narrow))
            return Group(table, self._total(seconds))

    def _row(self, engine: str, seconds: float, *, narrow: bool) -> tuple[Text, ...]:
        run = self._ended.get(engine)
        if run is not None:
            word, style = state(run)
            return (
                Text(mark(word, self._console), style),
                Text(engine),
                clean(told(run), "" if word == "done" else style),
                Text(f"{run.seconds:.1f} s", "dim"),
            )
        what = clean(self._text[engine])
        tally = self._tally.get(engine)
        if tally is not None:
            what = self._bar(tally)
            what.append(f" {count(tally.found, 'finding')}", "bold" if tally.found else "")
            if not narrow:
                what.append_text(clean(f"  {self._text[engine]}", "dim"))
        name = Text(engine)
        if not narrow:
            name.append(f" {self._stage[engine]}", "dim")
        return Text(mark("running", self._console), "cyan"), name, what, self._left(engine, seconds)

    def _bar(self, tally: Tally) -> Text:
        filled = round(_BAR * tally.done / max(tally.total, 1))
        full, empty = ("━", "─") if "utf" in self._console.encoding.lower() else ("#", ".")
        bar = Text(full * filled, "cyan")
        bar.append(empty * (_BAR - filled), "dim")
        bar.append(f" {tally.done:,}/{tally.total:,}")
        return bar

    def _left(self, engine: str, seconds: float) -> Text:
        before = self._before.get(engine, 0.0)
        if before - seconds >= 1:
            return Text(f"{seconds:.0f} s, about {before - seconds:.0f} s left", "dim")
        return Text(f"{seconds:.0f} s", "dim")

    def _total(self, seconds: float) -> Text:
        found = sum(
            len(run.outcome.findings)
            for run in self._ended.values()
            if not isinstance(run.outcome, Failed)
        )
        found += sum(
            tally.found for engine, tally in self._tally.items() if engine not in self._ended
        )
        running = len(self._text) - len(self._ended)
        still = f", {count(running, 'engine')} at work" if running else ""
        return Text(f"  {count(found, 'finding')} so far{still}, {seconds:.0f} s", "dim")
