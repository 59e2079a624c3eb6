"""`report.html`: one self-contained page that opens from anywhere and asks the network for nothing.

The style and the script are fixed files of ours, allowed by their hashes alone. Whatever was
scanned reaches the page as escaped text or as escaped JSON, never as markup or script.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from scanner.assets import templates_dir
from scanner.model.scan import ScanResult
from scanner.reporters.html.detail import page_data
from scanner.reporters.html.page import page

TEMPLATE = "report.html.j2"


@dataclass(frozen=True, slots=True)
class Html:
    """Renders the page for people."""

    name: str = "html"
    filename: str = "report.html"

    def render(self, scan: ScanResult) -> str:
        """The whole page; `result.json` holds evidence that would make it too large to open."""
        folder = templates_dir()
        style, script = _inline(folder / "report.css"), _inline(folder / "report.js")
        template = _environment(folder).get_template(TEMPLATE)
        return template.render(
            page=page(scan),
            data=page_data(scan),
            style=style,
            script=script,
            policy=_content_policy(style, script),
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
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    return environment


def _inline(path: Path) -> Markup:
    """A file of ours, to stand in the page as it is."""
    return Markup(path.read_text("utf-8"))  # noqa: S704 (our own file, the same for every scan)


def _content_policy(style: str, script: str) -> str:
    """Nothing may load, and only this style and this script count."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
