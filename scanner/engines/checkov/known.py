"""Files in the words that Checkov knows, while it reads them: it passes over others in silence, or
can't parse them. Lines stay where they are, and what is shown afterwards is the file's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from scanner.engines._workspace import Workspace
from scanner.engines.checkov import terraform, workflows
from scanner.engines.checkov.unseen import framework_of


@contextmanager
def as_known(workspace: Workspace, texts: Mapping[str, str]) -> Iterator[None]:
    """Let Checkov read files so; `texts` are those of the workspace, by their scanned path."""
    changed = {
        workspace.root / workspace.staged[path]: known
        for path, text in texts.items()
        if (known := _known(workspace.staged[path], text)) != text
    }
    before = {file: file.read_bytes() for file in changed}
    for file, text in changed.items():
        file.write_text(text, "utf-8")
    try:
        yield
    finally:
        for file, content in before.items():
            file.write_bytes(content)


def _known(staged: str, text: str) -> str:
    match framework_of(staged, text):
        case "github_actions":
            return workflows.in_old_words(text)
        case "terraform":
            return terraform.without_comments(text)
        case _:
            return text
