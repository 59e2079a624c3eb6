"""The cache as the command line knows it: where it is, what is behind it, its own commands."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.cache.engine import Cached
from scanner.cache.hashes import Hashes
from scanner.cache.turns import InTurn
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


@cache
def _secret() -> str:
    """The word that entries are sealed with. It is for us alone: no child inherits it."""
    return os.environ.pop(SECRET, "")


def in_checkout(place: Path, root: Path) -> bool:
    """Whether a folder is part of what is scanned, or of the checkout around it."""
    scanned = root.resolve()
    tops = [scanned, *(one for one in scanned.parents if (one / ".git").exists())][:2]
    return any(place.resolve().is_relative_to(top) for top in tops)


def open_store(root: Path, note: Callable[[str], None]) -> Store | None:
    """The store, or None where it is off, can't be trusted, or this Python has no SQLite.

    A cache that lies in the checkout is of whoever wrote that, unless its entries are sealed.
    """
    place, secret = folder(), _secret()
    if place is not None and not secret and in_checkout(place, root):
        note(f"{place}: a cache in the checkout counts only with {SECRET}; nothing comes from it")
        return None
    return _store(place)


def _store(place: Path | None) -> Store | None:
    try:
        from scanner.cache.store import Store
    except ImportError:
        return None
    return Store(place, _secret()) if place else None


def behind(
    engines: Mapping[str, Engine],
    store: Store | None,
    root: Path,
    turn: threading.Lock | None = None,
) -> tuple[dict[str, Engine], Hashes]:
    """The engines behind the store, as far as their answers can be repeated; `turn` as there."""
    hashes = Hashes(root, store)
    turn = turn or threading.Lock()

    def placed(one: Engine) -> Engine:
        if not isinstance(one, Repeatable):
            return one
        return Cached(one, store, hashes, turn) if store is not None else InTurn(one, turn)

    return {name: placed(one) for name, one in engines.items()}, hashes


def run_path() -> int:
    """Print the folder."""
    place = folder()
    sys.stdout.write(f"{place or OFF}\n")
    return 0


def run_info() -> int:
    """Print what is kept."""
    store = _store(folder())
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
    store = _store(folder())
    gone = store.prune(int(megabytes * 1e6)) if store else 0
    sys.stdout.write(f"{gone} entries dropped\n")
    return 0
