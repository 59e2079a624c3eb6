"""`index.html`: the pack for people, one page without scripts that asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from scanner.assets import templates_dir
from scanner.evidence.model import ControlStatus, Effect
from scanner.reporters._text import clipped, one_line

if TYPE_CHECKING:
    from scanner.evidence.pack import Ledger

MAX_PLACES = 50
_ORDER = (Effect.FOUND, Effect.OPEN, Effect.HELD, Effect.QUIET)


def render(ledger: Ledger) -> str:
    """The page; places beyond `MAX_PLACES` of a rule are counted, `observations.csv` has them."""
    folder = templates_dir()
    style = Markup((folder / "evidence.css").read_text("utf-8"))  # noqa: S704 (our own file)
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        _environment(folder)
        .get_template("evidence.html.j2")
        .render(
            ledger=ledger,
            statuses=[(status.value, ledger.count(status)) for status in ControlStatus],
            engines=_engines(ledger),
            order=_ORDER,
            most=MAX_PLACES,
            style=style,
            policy=f"default-src 'none'; style-src 'sha256-{hashed}'",
        )
    )


@cache
def _environment(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["shown"] = lambda text: clipped(one_line(str(text)), 600)
    return environment


def _engines(ledger: Ledger) -> list[tuple[str, str, str]]:
    rows = []
    for run in ledger.scan.runs:
        version = getattr(run.outcome, "tool_version", "")
        state = type(run.outcome).__name__.lower()
        said = getattr(run.outcome, "reason", "")
        gaps = getattr(run.outcome, "gaps", ())
        rows.append((run.engine, version, state + (f": {said}" if said else _gaps(len(gaps)))))
    rows += [(out.engine, "", f"left out: {out.reason}") for out in ledger.scan.plan.left_out]
    return rows


def _gaps(count: int) -> str:
    return f", {count} gaps" if count else ""
