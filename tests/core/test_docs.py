"""The documentation: links lead somewhere, commands and flags exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from scanner.cli.app import app

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("rules/**/*.md")]
    if "node_modules" not in page.parts
)
LINK = re.compile(r"!?\[[^\]]*\]\((?!https?://|#|mailto:)([^)#\s]+)[^)]*\)")
COMMAND = re.compile(r"^(?:\$ )?servegate ([^#\n`]+)", re.MULTILINE)
TREE = typer.main.get_command(app)


def fences(text: str) -> list[str]:
    return re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_to_files(page: Path) -> None:
    code = re.compile(r"^```.*?^```|^ {4}.*?$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
    text = code.sub("", page.read_text("utf-8"))
    lost = [target for target in LINK.findall(text) if not (page.parent / target).exists()]
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_and_flags_exist(page: Path) -> None:
    for block in fences(page.read_text("utf-8")):
        for line in COMMAND.findall(block):
            words = line.split()
            command = TREE
            while words and words[0] in getattr(command, "commands", {}):
                command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
            assert command is not TREE, line
            known = {opt for param in command.params for opt in param.opts}
            for flag in (word.split("=")[0] for word in words if word.startswith("--")):
                assert flag in known | {"--help"}, line


def test_there_is_something_to_test() -> None:
    assert len(PAGES) > 15
    assert sum(len(COMMAND.findall(block)) for p in PAGES for block in fences(p.read_text())) > 20
