"""Several endpoints in one repository: a verdict for each, and one of all."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from scanner.cli.older import older_state, touched
from scanner.cli.output import write_text
from scanner.cli.text import plain
from scanner.config import WHOLE, Overrides, Settings
from scanner.inventory import Inventory
from scanner.model.errors import ConfigError
from scanner.model.outcome import Gap
from scanner.model.values import Value
from scanner.sections import OneOfSeveral

_WORDS = {0: "passed", 1: "failed", 3: "inconclusive"}
UNTOUCHED = "untouched"
_MOST_SUMMARY = 900_000


class Part(Value, kw_only=True):
    """One of the scans: its name and what belongs to it; the rest of all has no paths."""

    name: str
    paths: tuple[str, ...] = ()


class Judged(Value, kw_only=True):
    """A part and how its scan ended; no code where it was not touched."""

    part: Part
    code: int | None
    out: Path

    @property
    def word(self) -> str:
        """Its verdict."""
        return UNTOUCHED if self.code is None else _WORDS.get(self.code, f"exit code {self.code}")


def parts_of(settings: Settings) -> tuple[Part, ...]:
    """A part for each endpoint, and one for what belongs to none."""
    named = tuple(Part(name=one.name, paths=one.paths) for one in settings.endpoints)
    return (*named, Part(name=WHOLE)) if named else ()


def narrowed(inventory: Inventory, settings: Settings, name: str) -> Inventory:
    """The inventory of one part: of the endpoint of that name, or of what belongs to none.

    Raises `ConfigError` where an endpoint's folder is not there.
    """
    if not name:
        return inventory
    if name != WHOLE:
        one = next(one for one in settings.endpoints if one.name == name)
        paths = _checked(one, inventory.root)
        return _kept(inventory, lambda path: _within(path, paths), paths)
    paths = tuple(path for one in settings.endpoints for path in one.paths)
    return _kept(inventory, lambda path: not _within(path, paths))


def run_endpoints(
    settings: Settings,
    overrides: Overrides,
    root: Path,
    config: Path | None,
    since: str,
    scan: Callable[[str, Overrides], int | None],
    *,
    dry_run: bool = False,
) -> int:
    """Scan part after part by `scan` (None where a part has no files); returns the worst code."""
    out = Path(settings.report.out)
    older = older_state(root, since) if since else None
    judged: list[Judged] = []
    began = time.time() - 1
    for part in parts_of(settings):
        place = out / part.name
        reach = _reach(part, settings, root, config)
        if older is not None and not touched(older, root, *reach, report_folders(settings)):
            judged.append(Judged(part=part, code=None, out=place))
            continue
        sys.stdout.write(f"{'' if not judged else chr(10)}== {plain(part.name)} ==\n")
        sys.stdout.flush()
        report = {**overrides.get("report", {}), "out": str(place)}
        code = scan(part.name, {**overrides, "report": report})
        if code is not None:
            judged.append(Judged(part=part, code=code, out=place))
    # A dry run looked at nothing, so there is nothing to be judged.
    return 0 if dry_run else _conclude(judged, out, began)


def report_folders(settings: Settings) -> tuple[Path, ...]:
    """Where a scan writes reports: with several endpoints into a folder of each one's name too."""
    out = Path(settings.report.out)
    names = [part.name for part in parts_of(settings)] if settings.endpoints else []
    base = out.parent if out.name in names else out
    return (out, base, *(base / name for name in names))


def _reach(
    part: Part, settings: Settings, root: Path, config: Path | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a change of touches a part, and what within that does not."""
    others = tuple(path for one in settings.endpoints for path in one.paths)
    own = part.paths or ("",)
    if config is not None and config.resolve().is_relative_to(root.resolve()):
        own = (*own, config.resolve().relative_to(root.resolve()).as_posix())
    return own, () if part.paths else others


def _conclude(judged: list[Judged], out: Path, began: float) -> int:
    codes = {one.code for one in judged if one.code is not None}
    worst = next((code for code in (1, 3) if code in codes), max(codes, default=0))
    rows = [(one.part.name, one.word, str(one.out)) for one in judged]
    wide = max((len(name) for name, _, _ in rows), default=0)
    lines = [f"  {name:<{wide}}  {word:<12}  {where}" for name, word, where in rows]
    # Where no change touched any, nothing was looked at: no pass, and no reason to fail.
    word = _WORDS.get(worst, "") if codes else UNTOUCHED
    told = f"All endpoints: {(word or str(worst)).upper()}"
    sys.stdout.write("\n" + "\n".join(map(plain, [*lines, told])) + "\n")
    if not out.is_dir():
        return worst
    document = {
        "schema": "servegate/endpoints/v1",
        "verdict": word,
        "endpoints": [
            {"name": one.part.name, "verdict": one.word, "result": f"{one.part.name}/result.json"}
            for one in judged
        ],
    }
    write_text(out / "endpoints.json", json.dumps(document, indent=1) + "\n")
    write_text(out / "summary.md", _summary(judged, told, began))
    return worst


def _summary(judged: list[Judged], told: str, began: float) -> str:
    """All summaries of this run, which began then: an older file tells of another one."""
    table = ["| endpoint | verdict |", "| --- | --- |"]
    table += [f"| {one.part.name} | {one.word} |" for one in judged]
    text = f"## {told}\n\n" + "\n".join(table) + "\n"
    for one in judged:
        file = one.out / "summary.md"
        if one.code is not None and file.is_file() and file.stat().st_mtime >= began:
            more = f"\n# {one.part.name}\n\n{file.read_text('utf-8')}"
            if len((text + more).encode()) > _MOST_SUMMARY:
                return text + "\nThe rest is in the folders of the reports.\n"
            text += more
    return text


def _checked(one: OneOfSeveral, root: Path) -> tuple[str, ...]:
    for path in one.paths:
        if not (root / path).exists() or ".." in path.split("/"):
            raise ConfigError(f"[[endpoint]] {one.name}: {path} is not in the scanned folder")
    return one.paths


def _within(path: str, folders: tuple[str, ...]) -> bool:
    return any(not one or path == one or path.startswith(f"{one}/") for one in folders)


def _kept(
    inventory: Inventory, wanted: Callable[[str], bool], within: tuple[str, ...] = ()
) -> Inventory:
    def gaps(found: tuple[Gap, ...]) -> tuple[Gap, ...]:
        return tuple(gap for gap in found if wanted(gap.subject))

    def may_hold(gap: Gap) -> bool:
        """Whether what can't be read may hold files of the part: it, or a folder above them."""
        folder = "" if gap.subject == "." else f"{gap.subject.rstrip('/')}/"
        return wanted(gap.subject) or any(path.startswith(folder) for path in within)

    files = {
        kind: tuple(file for file in found if wanted(file.path))
        for kind, found in inventory.files.items()
    }
    return replace(
        inventory,
        files={kind: found for kind, found in files.items() if found},
        excluded=gaps(inventory.excluded),
        unreadable=tuple(filter(may_hold, inventory.unreadable)),
        engine_configs=tuple(path for path in inventory.engine_configs if wanted(path)),
        reports=tuple(path for path in inventory.reports if wanted(path.rstrip("/"))),
    )
