"""`report.html`: one self-contained page that opens from anywhere and asks the network for nothing.

The style and the script are fixed files of ours, allowed by their hashes alone. Whatever was
scanned reaches the page as escaped text or as JSON that only a parser reads, never as markup or
script. Much data is packed: thousands of findings repeat each other's words.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from scanner.assets import templates_dir
from scanner.model.scan import ScanResult
from scanner.model.values import Value
from scanner.reporters.html.compiled import Compiled
from scanner.reporters.html.detail import page_data
from scanner.reporters.html.page import page

TEMPLATE = "report.html.j2"
STYLES = ("base", "cover", "boards", "list", "detail", "media")
SCRIPTS = ("dom", "syntax", "detail", "data", "list", "keys", "main")
# From here on unpacking costs less than reading, and a page stays small enough to be mailed.
PACKED_FROM = 1_000_000


class Html(Value):
    """Renders the page for people."""

    name: str = "html"
    filename: str = "report.html"

    def prepare(self) -> None:
        """Compile the page's templates, which takes longer than filling them."""
        environment = _environment(templates_dir())
        for name in (TEMPLATE, *environment.list_templates(extensions=("j2",))):
            if name == TEMPLATE or name.startswith("macros/"):
                environment.get_template(name)

    def render(self, scan: ScanResult) -> str:
        """The whole page; `result.json` holds evidence that would make it too large to open."""
        folder = templates_dir()
        style, script = page_style(folder), page_script(folder)
        data, packed = _data(scan)
        return (
            _environment(folder)
            .get_template(TEMPLATE)
            .render(
                page=page(scan),
                data=data,
                packed=packed,
                style=Markup(style),  # noqa: S704 (our own files, the same for every scan)
                script=Markup(script),  # noqa: S704
                policy=_content_policy(style, script),
            )
        )


def page_style(folder: Path) -> str:
    """The page's style sheet, of all its parts."""
    return "\n".join((folder / "style" / f"{name}.css").read_text("utf-8") for name in STYLES)


def page_script(folder: Path) -> str:
    """The page's script: its parts share one scope, which nothing outside can reach."""
    parts = ((folder / "script" / f"{name}.js").read_text("utf-8") for name in SCRIPTS)
    return '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"


def _data(scan: ScanResult) -> tuple[object, str]:
    """The findings as they stand, or packed as base64 of gzip; then never all of them at once."""
    rules, findings = page_data(scan)
    dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    packed = io.BytesIO()
    size = 0
    kept: list[object] = []
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as file:
        mark = f'{{"rules":{dump(rules)},"findings":['
        for row in findings:
            text = f"{mark}{dump(row)}"
            size += len(text)
            if size < PACKED_FROM:
                kept.append(row)
            else:
                kept.clear()
            file.write(text.encode("utf-8"))
            mark = ","
        file.write((f"{mark}]}}" if size == 0 else "]}").encode("utf-8"))
    if size < PACKED_FROM:
        return {"rules": rules, "findings": kept}, ""
    return None, base64.b64encode(packed.getvalue()).decode()


@cache
def _environment(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=Compiled(),
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    return environment


def _content_policy(style: str, script: str) -> str:
    """Nothing may load, and only this style and this script count."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
