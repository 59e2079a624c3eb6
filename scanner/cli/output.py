"""What a command leaves behind: reports, written whole or not at all, and its exit code."""

from __future__ import annotations

import contextlib
import gc
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from scanner import reporters
from scanner.attacks import Knowledge
from scanner.correlate import Families
from scanner.engines._tables import read_table
from scanner.model.decision import GateVerdict
from scanner.model.errors import AssetError, ConfigError, InputError
from scanner.model.protocols import Preparable, Reporter, Streaming
from scanner.model.rule import Rule, RuleId
from scanner.model.scan import ScanResult

EXIT_CODES = {GateVerdict.PASSED: 0, GateVerdict.FAILED: 1, GateVerdict.INCONCLUSIVE: 3}


def check_formats(formats: Iterable[str]) -> None:
    """Refuse a format that does not exist before any work is done. Raises `ConfigError`."""
    for name in formats:
        if name not in reporters.NAMES:
            raise ConfigError(f"report format {name!r} is none of {', '.join(reporters.NAMES)}")


def preload(formats: Iterable[str]) -> None:
    """Import what renders these formats, ahead of need, and let it get ready."""
    for name in formats:
        if name in reporters.NAMES:
            one = reporters.reporter(name)
            if isinstance(one, Preparable):
                one.prepare()


def write_reports(scan: ScanResult, formats: Iterable[str], out: Path) -> tuple[Path, ...]:
    """Render and write each format; returns the files. Raises `ConfigError`, `InputError`."""
    names = tuple(dict.fromkeys(formats))
    check_formats(names)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out}: can't be made: {(error.strerror or '').lower()}") from error
    chosen = [reporters.reporter(name) for name in names]
    with uncollected():
        return tuple(_written(out / one.filename, one, scan) for one in chosen)


def _written(path: Path, reporter: Reporter, scan: ScanResult) -> Path:
    """The report in its file; in pieces where the reporter can make it so."""
    if isinstance(reporter, Streaming):
        return write_pieces(path, reporter.pieces(scan))
    return write_text(path, reporter.render(scan))


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """No cyclic collection meanwhile: reports make many objects and no cycles, and with tens of
    thousands of findings the collector would take most of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def write_text(path: Path, text: str) -> Path:
    """Write a file in one step: it is there as a whole or not. Raises `InputError`."""
    return write_pieces(path, (text,))


def write_pieces(path: Path, pieces: Iterable[str]) -> Path:
    """As `write_text`, without the whole in memory. Raises `InputError`."""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.writelines(pieces)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise InputError(f"{path}: can't be written: {(error.strerror or '').lower()}") from error
    return path


def exposing() -> frozenset[RuleId]:
    """Rules that mean that the public can reach the service. Raises `AssetError`."""
    table = read_table("exposure.toml")
    try:
        return frozenset(map(RuleId, table["exposure"]["rules"]))
    except (KeyError, TypeError) as error:
        raise AssetError(f"rules/exposure.toml can't be read: {error}") from error


def knowledge(catalogue: Mapping[RuleId, Rule]) -> Knowledge:
    """The tables that tie findings of several stages together. Raises `AssetError`."""
    return Knowledge(catalogue=catalogue, families=families(), exposing=exposing())


def second_opinions() -> frozenset[RuleId]:
    """Tests of Bandit that count only beside a rule of ours; none where its table is broken, for
    then Bandit has failed, and says so itself."""
    try:
        table = read_table("bandit.toml")
    except AssetError:
        return frozenset()
    return frozenset(RuleId(f"sast/{test}") for test, row in table.items() if row.get("second"))


def families() -> Families:
    """Our table of CWE families. Raises `AssetError`."""
    table = read_table("cwe_families.toml")
    try:
        pairs = {
            f"CWE-{number}": name
            for name, numbers in table["families"].items()
            for number in numbers
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise AssetError(f"rules/cwe_families.toml can't be read: {error}") from error
    return Families(pairs)
