"""No name and no line of what is scanned is a command to whoever reads the log."""

from __future__ import annotations

import pytest

from scanner.cli.text import plain


@pytest.mark.parametrize(
    "command",
    [
        "::error::x",
        "::set-output name=a::b",
        "##[command]x",
        "##vso[task.setvariable variable=PATH]x",
        "a ##vso[build.uploadsummary]x",
        "##teamcity[buildStop]",
        "###vso[x]",
    ],
)
def test_commands_of_build_servers_are_broken_up(command: str) -> None:
    shown = plain(command)
    assert "::" not in shown
    assert not any(f"##{word}[" in shown for word in ("", "vso", "teamcity", "command"))
    assert shown.replace("\u200b", "") == command


def test_ordinary_text_stays() -> None:
    assert plain("## Title (a[0]) C#") == "## Title (a[0]) C#"
