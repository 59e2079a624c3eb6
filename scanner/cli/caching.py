"""The cache as the command line knows it: where it is, what is behind it, its own commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.cache.engine import Cached
from scanner.cache.hashes import Hashes
from scanner.model.protocols import Engine, Repeatable

if TYPE_CHECKING:
    from scanner.cache.store import Store

PLACE, SECRET, OFF = "SERVEGATE_CACHE", "SERVEGATE_CACHE_KEY", "off"


def folder(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The cache's folder: `SERVEGATE_CACHE`, else the user's; None where that says `off`."""
    named = environ.get(PLACE, "")
    if named:
        return None if named == OFF else Path(named)
    users = environ.get("XDG_CACHE_HOME", "")
    if not users or not Path(users).is_absolute():
        home = environ.get("HOME", "")
        if not home:
            return None
        users = f"{home}/.cache"
    return Path(users) / "servegate"


def open_store() -> Store | None:
    """The store, or None where it is off or this Python has no SQLite.

    The secret is for us alone: no child inherits it.
    """
    place = folder()
    secret = os.environ.pop(SECRET, "")
    try:
        from scanner.cache.store import Store
    except ImportError:
        return None
    return Store(place, secret) if place else None


def behind(
    engines: Mapping[str, Engine], store: Store | None, root: Path
) -> tuple[dict[str, Engine], Hashes]:
    """The engines behind the store, as far as their answers can be repeated."""
    hashes = Hashes(root, store)
    if store is None:
        return dict(engines), hashes
    return {
        name: Cached(one, store, hashes) if isinstance(one, Repeatable) else one
        for name, one in engines.items()
    }, hashes


def run_path() -> int:
    """Print the folder."""
    place = folder()
    sys.stdout.write(f"{place or OFF}\n")
    return 0


def run_info() -> int:
    """Print what is kept."""
    store = open_store()
    if store is None:
        sys.stdout.write(f"off: {PLACE}={OFF}\n")
        return 0
    info = store.info()
    sys.stdout.write(
        f"{info.path}: {info.entries} entries, {info.bytes / 1e6:.1f} MB of at most "
        f"{info.limit / 1e6:.0f} MB\n"
    )
    return 0


def run_prune(megabytes: float) -> int:
    """Drop what was unused longest until so much is left."""
    store = open_store()
    gone = store.prune(int(megabytes * 1e6)) if store else 0
    sys.stdout.write(f"{gone} entries dropped\n")
    return 0
