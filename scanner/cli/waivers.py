"""Waivers: `servegate waive`, and reading the file that it writes."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from scanner.cli.output import write_text
from scanner.cli.text import plain
from scanner.model.decision import GatePolicy, Triaged
from scanner.model.documents import Document, DocumentFault, read_document, read_toml
from scanner.model.errors import ConfigError, InputError
from scanner.model.history import Waiver
from scanner.model.values import Value
from scanner.waivers import refusal

WAIVERS_NAME = "servegate-waivers.toml"
_HEAD = """\
# Weaknesses that somebody accepts for a time. Each needs a reason, an owner and a last day (that
# day included, in UTC), and names one weakness by fingerprint, or several by rule and path (globs).
# After that day it stops working. `servegate waive` adds entries.
"""


def today() -> date:
    """The day by which waivers are judged, in UTC."""
    return datetime.now(timezone.utc).date()


_Words = Annotated[str, Meta(pattern=r"\S")]


class _Entry(Document):
    reason: _Words
    owner: _Words
    until: date
    fingerprint: str = ""
    rule: str = ""
    path: str = ""


class _Document(Document):
    waiver: tuple[_Entry, ...] = ()


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a file. Raises `ConfigError`, one line that names the entry and the fault."""
    try:
        raw = read_toml(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file of waivers") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: can't be read: {error}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    try:
        entries = read_document(_Document, raw).waiver
    except DocumentFault as fault:
        raise ConfigError(f"{path}: {_told(fault)}") from None
    return tuple(_waiver(entry, number, path) for number, entry in enumerate(entries, start=1))


def _told(fault: DocumentFault) -> str:
    match fault.place:
        case ("waiver", int() as number, *rest):
            where = ": ".join((f"waiver {number + 1}", *map(str, rest)))
        case _:
            where = fault.where
    if fault.missing:
        return f"{where} is missing (each waiver needs reason, owner and until)"
    if fault.unknown:
        return f"{where} is no known key (reason, owner, until, fingerprint, rule, path)"
    return f"{where}: {fault.told}"


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


class WaiveRequest(Value, kw_only=True):
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
