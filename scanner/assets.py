"""The only place that knows where `rules/` and `reports/templates/` live.

A wheel carries them under `scanner/_assets/`; a checkout has them at its top level.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent
_SHIPPED = _HERE / "_assets"


def rules_dir() -> Path:
    """The folder of rules, policies and tables."""
    shipped = _SHIPPED / "rules"
    return shipped if shipped.is_dir() else _HERE.parent / "rules"


def templates_dir() -> Path:
    """The folder of report templates."""
    shipped = _SHIPPED / "templates"
    return shipped if shipped.is_dir() else _HERE.parent / "reports" / "templates"
