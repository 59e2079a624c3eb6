"""`servegate doctor`: which engines are here."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table
from rich.text import Text

from scanner.cli.rotation_options import rotation_options
from scanner.cli.terminal import rich_console
from scanner.cli.text import plain
from scanner.cli.wiring import SPECS, make_engines
from scanner.config import Overrides, find_config, load_settings

_OPTIONAL = frozenset({"rotation", "zap"})


def run_doctor(path: Path, zap_url: str | None = None) -> int:
    """Print a row per engine; 0 when every engine that is not optional is here, else 3."""
    config, _ = find_config(path)
    overrides: Overrides = {"zap": {"url": zap_url}} if zap_url else {}
    settings = load_settings(config, overrides)
    engines = make_engines(settings.zap, rotation=rotation_options(settings, config, path))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("engine", "state", "version", "where, or how to get it"):
        table.add_column(title, overflow="fold")
    whole = True
    for spec in SPECS:
        found = engines[spec.name].diagnose(path)
        optional = spec.name in _OPTIONAL
        whole = whole and (found.found or optional)
        missing = Text("absent (optional)", "yellow") if optional else Text("missing", "red")
        table.add_row(
            spec.name,
            Text("found", "green") if found.found else missing,
            found.version,
            Text(plain(found.place if found.found else found.mend)),
        )
    rich_console().print(table)
    return 0 if whole else 3
