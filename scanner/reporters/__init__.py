"""Reporters: each renders one finished scan to text, and decides nothing."""

from __future__ import annotations

from scanner.model.protocols import Reporter

NAMES = ("json", "html", "sarif", "junit", "markdown")


def reporter(name: str) -> Reporter:
    """The reporter of that name, imported only now: some bring pydantic or Jinja along.

    Raises `KeyError` for a name that is not in `NAMES`.
    """
    match name:
        case "json":
            from scanner.reporters.json_v1 import JsonV1

            return JsonV1()
        case "html":
            from scanner.reporters.html import Html

            return Html()
        case "sarif":
            from scanner.reporters.sarif_v210 import Sarif

            return Sarif()
        case "junit":
            from scanner.reporters.junit_xml import Junit

            return Junit()
        case "markdown":
            from scanner.reporters.markdown import Markdown

            return Markdown()
        case _:
            raise KeyError(name)
