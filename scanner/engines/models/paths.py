"""Names of files in model files."""

from __future__ import annotations

import re


def leads_out(path: str) -> bool:
    """Whether a path leaves the folder that it is relative to."""
    return path.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", path) or path[1:3] == ":\\"
