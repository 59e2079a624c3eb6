"""Waivers: `servegate waive`, and reading the file that it writes."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from scanner.cli.output import write_text
from scanner.cli.text import plain
from scanner.model.decision import GatePolicy, Triaged
from scanner.model.errors import ConfigError, InputError
from scanner.model.history import Waiver
from scanner.waivers import refusal

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

WAIVERS_NAME = "servegate-waivers.toml"
_HEAD = """\
# Weaknesses that somebody accepts for a time. Each needs a reason, an owner and a last day (that
# day included, in UTC), and names one weakness by fingerprint, or several by rule and path (globs).
# After that day it stops working. `servegate waive` adds entries.
"""


def today() -> date:
    """The day by which waivers are judged, in UTC."""
    return datetime.now(timezone.utc).date()


def _day(value: object) -> object:
    # TOML has dates; a quoted one means the same. A moment would raise the question of the zone.
    if isinstance(value, datetime):
        raise ValueError("must be a day (2026-12-31), without a time")  # noqa: TRY004
    if isinstance(value, str):
        return date.fromisoformat(value)
    if not isinstance(value, date):
        raise ValueError("must be a day (2026-12-31)")  # noqa: TRY004
    return value


_Words = Annotated[str, Field(min_length=1, pattern=r"\S")]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    reason: _Words
    owner: _Words
    until: Annotated[date, BeforeValidator(_day)]
    fingerprint: str = ""
    rule: str = ""
    path: str = ""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    waiver: tuple[_Entry, ...] = ()


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a file. Raises `ConfigError`, one line that names the entry and the fault."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file of waivers") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: can't be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    try:
        entries = _Document.model_validate(raw).waiver
    except ValidationError as error:
        raise ConfigError(f"{path}: {_fault(error)}") from error
    return tuple(_waiver(entry, number, path) for number, entry in enumerate(entries, start=1))


def _fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    match fault["loc"]:
        case ("waiver", int() as number, key):
            where = f"waiver {number + 1}: {key}"
        case loc:
            where = ".".join(str(part) for part in loc)
    if fault["type"] == "missing":
        return f"{where} is missing (each waiver needs reason, owner and until)"
    if fault["type"] == "extra_forbidden":
        return f"{where} is no known key (reason, owner, until, fingerprint, rule, path)"
    return f"{where}: {fault['msg'].removeprefix('Value error, ').lower()}"


def _waiver(entry: _Entry, number: int, path: Path) -> Waiver:
    name = f"waiver {number} in {path.name}"
    if entry.fingerprint and (entry.rule or entry.path):
        raise ConfigError(
            f"{path}: waiver {number}: fingerprint stands alone, without rule and path"
        )
    if not entry.fingerprint and not entry.rule.strip("*/ ") and not entry.path.strip("*/ "):
        raise ConfigError(f"{path}: waiver {number}: name a fingerprint, a rule or a path")
    what = entry.fingerprint or " in ".join(filter(None, (entry.rule or "any rule", entry.path)))
    return Waiver(
        name=f"{name} ({what})",
        reason=" ".join(entry.reason.split()),
        owner=" ".join(entry.owner.split()),
        until=entry.until,
        fingerprint=entry.fingerprint,
        rule=entry.rule,
        path=entry.path,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiveRequest:
    """What the user asked for on the command line."""

    fingerprint: str
    reason: str
    owner: str
    until: str
    result: Path
    file: Path


def run_waive(request: WaiveRequest) -> int:
    """Add a waiver for one finding of a result. Raises `ServegateError`."""
    from scanner.cli.load import load_result

    try:
        until = date.fromisoformat(request.until)
    except ValueError:
        raise ConfigError(f"--until: {request.until!r} is no day such as 2026-12-31") from None
    for flag, text in (("--reason", request.reason), ("--owner", request.owner)):
        if not text.strip():
            raise ConfigError(f"{flag}: say something")
    scan = load_result(request.result)
    entry = _named(request.fingerprint, scan.findings, request.result)
    waiver = Waiver(
        name="it", reason=request.reason, owner=request.owner, until=until,
        fingerprint=entry.group.fingerprint,
    )  # fmt: skip
    if why := refusal(waiver, entry.group, scan.policy, today()):
        raise ConfigError(f"such a waiver would not count: {why}")
    known = read_waivers(request.file) if request.file.exists() else ()
    if any(
        one.fingerprint == entry.group.fingerprint
        and one.until >= until
        and _counts(one, entry, scan.policy)
        for one in known
    ):
        raise ConfigError(f"{request.file} has a waiver for {entry.group.fingerprint} already")
    before = request.file.read_text("utf-8") if request.file.exists() else _HEAD
    write_text(request.file, before.rstrip("\n") + "\n\n" + waiver_text(waiver, entry))
    sys.stdout.write(
        f"{request.file}: {plain(entry.group.fingerprint)} until {until.isoformat()}\n"
    )
    return 0


def _counts(waiver: Waiver, entry: Triaged, policy: GatePolicy) -> bool:
    return not refusal(waiver, entry.group, policy, today())


def _named(wanted: str, findings: tuple[Triaged, ...], result: Path) -> Triaged:
    whole = wanted if wanted.startswith("v1:") else f"v1:{wanted}"
    fitting = [
        entry
        for entry in findings
        if any(one.fingerprint.startswith(whole) for one in entry.group.findings)
    ]
    if not fitting:
        raise InputError(f"{result} has no finding {wanted}")
    if len(fitting) > 1:
        raise InputError(
            f"{wanted} is the beginning of {len(fitting)} fingerprints; give more of it"
        )
    return fitting[0]


def waiver_text(waiver: Waiver, entry: Triaged) -> str:
    """One entry of the file, with a comment that says to a reader what it is about."""
    lead = entry.group.lead
    about = plain(
        f"{entry.group.severity.label}: {lead.rule_id} at {lead.location}: {lead.message}"
    )
    return "\n".join(
        (
            f"# {about[:200]}",
            "[[waiver]]",
            f"fingerprint = {_quoted(waiver.fingerprint)}",
            f"reason = {_quoted(waiver.reason)}",
            f"owner = {_quoted(waiver.owner)}",
            f"until = {waiver.until.isoformat()}",
            "",
        )
    )


def _quoted(text: str) -> str:
    """A TOML string: JSON's escapes are TOML's, but for DEL and surrogates, which it can't hold."""
    clean = text.encode("utf-8", "replace").decode("utf-8").replace("\x7f", "?")
    return json.dumps(clean, ensure_ascii=False)
