"""`servegate rotate`: one rotation of the endpoint's key, shown step by step."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

from scanner.cli.rotation_options import operation_of, place_of
from scanner.cli.text import plain
from scanner.config import Overrides, find_config, load_settings
from scanner.engines._endpoint.door import HttpDoor
from scanner.model.errors import ConfigError
from scanner.model.values import Value
from scanner.rotation.model import Policy, RotationError, StoreError, short
from scanner.rotation.ports import Store
from scanner.rotation.rotate import Rotation, system_clock, utc_now
from scanner.rotation.steps import describe, foresee
from scanner.rotation.stores import open_store

EXIT_STOPPED = 1
EXIT_UNREACHABLE = 3


class RotateRequest(Value, kw_only=True):
    """What the user asked for on the command line."""

    path: Path
    config: Path | None
    overrides: Overrides
    older_than_days: float
    wait: bool
    abandon: bool
    unseen: bool
    dry_run: bool


def run_rotate(request: RotateRequest) -> int:
    """Rotate and return the exit code: 1 the rotation stopped, 3 the manager gave no answer."""
    config, note = (request.config, "") if request.config else find_config(request.path)
    if note:
        _tell(note)
    settings = load_settings(config, request.overrides)
    section = settings.rotation
    if section is None:
        raise ConfigError("no [rotation] in servegate.toml: name manager, url and secret there")
    policy = Policy(
        grace=timedelta(seconds=section.grace_seconds),
        settle=timedelta(seconds=section.settle_seconds),
        patience=timedelta(seconds=section.patience_seconds),
        not_before=timedelta(days=request.older_than_days),
    )
    try:
        store = open_store(place_of(section))
        if request.abandon:
            return _abandon(store, dry_run=request.dry_run)
        if request.dry_run:
            return _foresee(store, policy)
        door = HttpDoor(operation_of(section, settings))
        rotation = Rotation(store, door, policy, system_clock(), _tell, unseen=request.unseen)
        ended = rotation.run(wait=request.wait)
    except RotationError as error:
        sys.stderr.write(f"servegate: rotation stopped: {plain(str(error))}\n")
        return EXIT_STOPPED
    except StoreError as error:
        sys.stderr.write(f"servegate: {plain(str(error))}\n")
        return EXIT_UNREACHABLE
    end = "done" if ended.finished else "run again then to revoke the previous key"
    _say(f"{plain(store.name)}: {end}: {plain(ended.why)}")
    return 0


def _foresee(store: Store, policy: Policy) -> int:
    _say(f"{plain(store.name)}: what would be done, nothing of it was:")
    for number, step in enumerate(foresee(store.observe(), policy, utc_now()), 1):
        _say(f"{number:3}. {plain(describe(step))}")
    return 0


def _abandon(store: Store, *, dry_run: bool) -> int:
    seen = store.observe()
    current = {version.id for version in seen.current}
    dropped = [version.id for version in seen.pending if version.id not in current]
    for version in dropped:
        if not dry_run:
            store.clear_pending(version)
        _say(f"{plain(store.name)}: {'would drop' if dry_run else 'dropped'} {short(version)}")
    if not dropped:
        _say(f"{plain(store.name)}: there is no pending key to drop")
    return 0


def _tell(text: str) -> None:
    """Progress goes to stderr, as it happens."""
    sys.stderr.write(f"{plain(text)}\n")
    sys.stderr.flush()


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
