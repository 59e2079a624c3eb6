"""`servegate iac`: lists the pre-approved Terraform templates, and writes one out."""

from __future__ import annotations

import difflib
import shutil
import sys
from pathlib import Path

from scanner import assets
from scanner.cli.text import plain
from scanner.model.errors import AssetError, InputError

_SHARED = "shared"
_LEFT = shutil.ignore_patterns("__pycache__", "*.pyc")


def run_templates() -> int:
    """Print the names, each with the first sentence of its README."""
    names = template_names()
    wide = max(map(len, names))
    for name in names:
        sys.stdout.write(f"{name:<{wide}}  {_summary(_home() / name)}\n")
    return 0


def run_template(name: str, directory: Path) -> int:
    """Write a template into a new or empty folder. Raises `InputError`."""
    names = template_names()
    if name not in names:
        near = difflib.get_close_matches(name, names, 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise InputError(f"template {name!r} is none of {', '.join(names)}{meant}")
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise InputError(f"{directory} exists and is not empty; name a new folder")
    try:
        for part in (_SHARED, name):
            shutil.copytree(_home() / part, directory, dirs_exist_ok=True, ignore=_LEFT)
    except OSError as error:
        told = (error.strerror or type(error).__name__).lower()
        raise InputError(f"{directory}: can't be written: {told}") from error
    files = sum(1 for path in directory.rglob("*") if path.is_file())
    sys.stdout.write(
        f"Wrote {name} to {plain(str(directory))} ({files} files). Next: its README.md, and "
        f"servegate scan {plain(str(directory))} --only iac\n"
    )
    return 0


def template_names() -> tuple[str, ...]:
    """The templates that there are. Raises `AssetError`."""
    home = _home()
    if not home.is_dir():
        raise AssetError("rules/terraform is missing; install servegate again")
    return tuple(sorted(one.name for one in home.iterdir() if one.is_dir() and one.name != _SHARED))


def _home() -> Path:
    return assets.rules_dir() / "terraform"


def _summary(folder: Path) -> str:
    text = (folder / "README.md").read_text("utf-8").partition("\n\n")[2]
    return " ".join(text.partition("\n\n")[0].split())
