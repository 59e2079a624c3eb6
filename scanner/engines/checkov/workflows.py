"""Workflows in the words of Checkov's own schema: newer words make it pass over one in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from scanner.engines._workspace import Workspace

# Permissions that GitHub has given since (docs.github.com, "permissions"), and one that the schema
# has and no policy asks about. Lines and columns of everything else stay where they are.
_NEWER = ("artifact-metadata", "attestations", "models")
_OLD = "discussions"
_PERMISSION = re.compile(
    rf"(?m)(^[ \t]+|[{{,][ \t]*)(?:{'|'.join(_NEWER)})(?=[ \t]*:[ \t]*(?:read|write|none)\b)"
)


def in_old_words(text: str) -> str:
    """The workflow with newer permissions under the name of an older one."""
    return _PERMISSION.sub(rf"\g<1>{_OLD}", text)


@contextmanager
def as_known(workspace: Workspace, texts: Iterable[tuple[str, str]]) -> Iterator[None]:
    """Let Checkov read these workflows in words that it knows; findings show the file's own."""
    changed = {
        workspace.root / workspace.staged[path]: old
        for path, text in texts
        if (old := in_old_words(text)) != text
    }
    before = {file: file.read_bytes() for file in changed}
    for file, text in changed.items():
        file.write_text(text, "utf-8")
    try:
        yield
    finally:
        for file, content in before.items():
            file.write_bytes(content)
