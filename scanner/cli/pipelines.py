"""`servegate init --ci`: the file that runs the gate in somebody's pipeline (`rules/ci/`)."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

from scanner import __version__, assets
from scanner.cli.output import write_text
from scanner.cli.text import plain
from scanner.model.errors import AssetError, ConfigError, InputError

# What it is called here and in the repository, and where it goes if that is taken.
_FILES = {
    "github": ("github.yml", ".github/workflows/servegate.yml", ""),
    "gitlab": ("gitlab.yml", ".gitlab-ci.yml", ".gitlab/servegate.yml"),
    "pre-commit": ("pre-commit.yaml", ".pre-commit-config.yaml", ""),
    "jenkins": ("Jenkinsfile", "Jenkinsfile", ""),
    "azure": ("azure-pipelines.yml", "azure-pipelines.yml", ""),
}
NAMES = tuple(_FILES)


def check_name(name: str) -> None:
    """Refuse a pipeline that there is no file for. Raises `ConfigError`."""
    if name not in _FILES:
        near = difflib.get_close_matches(name, NAMES, 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise ConfigError(f"--ci: {name!r} is none of {', '.join(NAMES)}{meant}")


def write_pipeline(name: str, root: Path, *, force: bool) -> Path:
    """Write the file and say so. Raises `InputError` where there is another one."""
    source, wanted, beside = _FILES[name]
    target = root / wanted
    told = ""
    if target.exists() and not force:
        if not beside or (root / beside).exists():
            raise InputError(
                f"{target} exists; --force replaces it, or add to it by hand what "
                f"`servegate init --ci {name}` writes into an empty folder"
            )
        target = root / beside
        told = f" Add to {wanted}: include: [{{local: {beside}}}]"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{target.parent}: can't be made: {error.strerror}") from error
    write_text(target, pipeline_text(source))
    sys.stdout.write(f"Wrote {plain(str(target))}.{plain(told)}\n")
    return target


def pipeline_text(source: str) -> str:
    """The text of a file of `rules/ci/`, with this version. Raises `AssetError`."""
    try:
        text = (assets.rules_dir() / "ci" / source).read_text("utf-8")
    except OSError as error:
        raise AssetError(f"rules/ci/{source} can't be read; install servegate again") from error
    return text.replace("@VERSION@", __version__)
