"""Has ZAP attack the target with our policy, and gathers its alerts all the while.

ZAP keeps its alerts in its own process: what was not fetched before it dies is lost.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.engines.zap.client import ApiRefused, number
from scanner.engines.zap.options import ZapOptions
from scanner.engines.zap.rows import Alert, read_alert
from scanner.engines.zap.session import Session
from scanner.engines.zap.tables import policy
from scanner.model.errors import Cancelled, EngineError, ToolUnreadable
from scanner.model.outcome import Gap
from scanner.model.protocols import ScanContext

PAGE = 200
_MAX_PAGES = 500
_POLL = 1.0
_COLLECT_EVERY = 5.0
_PASSIVE_SECONDS = 90.0
_MAX_SHOWN = 8


@dataclass(slots=True)
class Collected:
    """The alerts fetched so far, by ZAP's id; `unreadable` counts rows that are none."""

    alerts: dict[str, Alert] = field(default_factory=dict)
    unreadable: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    requests: int = 0


def collect(session: Session, into: Collected, *, anew: bool = False, page: int = PAGE) -> None:
    """Fetch the alerts that came since the last time; `anew` reads all of them again."""
    into.unreadable = 0
    for origin in session.origins:
        before = into.seen.get(origin, 0)
        start = 0 if anew else max(0, before - page)
        read = _pages(session, origin, start, page, into)
        into.seen[origin] = max(before, read)


def _pages(session: Session, origin: str, start: int, page: int, into: Collected) -> int:
    """Read pages to the end; how many alerts there are. A row may be in two pages."""
    unreadable = 0
    for _ in range(_MAX_PAGES):
        rows = session.zap.api.alert.alerts(baseurl=origin, start=start, count=page)
        if not isinstance(rows, list):
            raise ToolUnreadable("ZAP's list of alerts is no list")
        if not rows:
            break
        for place, row in enumerate(rows):
            alert = read_alert(row)
            if alert is None:
                unreadable += 1
            else:
                into.alerts[alert.id or f"{origin} {start + place}"] = alert
        start += page
    into.unreadable += unreadable
    return start


def set_policy(session: Session) -> str:
    """Make a scan policy of just the rules in `rules/zap/policy.toml`; its name in this ZAP.

    Rules that this ZAP does not have are noted. An empty answer means that it has none of them.
    """
    api = session.zap.api
    chosen = policy()
    name = f"{chosen.name}-{secrets.token_hex(3)}"
    api.ascan.add_scan_policy(name)
    rows = api.ascan.scanners(scanpolicyname=name)
    there = {str(row.get("id")) for row in rows if isinstance(row, dict)}
    wanted = [rule for rule in chosen.active if str(rule.id) in there]
    missing = [str(rule.id) for rule in chosen.active if str(rule.id) not in there]
    api.ascan.disable_all_scanners(scanpolicyname=name)
    if not wanted:
        api.ascan.remove_scan_policy(name)
        return ""
    if missing:
        session.notes.append(f"rules of our policy that this ZAP lacks: {', '.join(missing)}")
    api.ascan.enable_scanners(",".join(str(rule.id) for rule in wanted), scanpolicyname=name)
    for rule in wanted:
        api.ascan.set_scanner_attack_strength(rule.id, rule.strength, scanpolicyname=name)
        api.ascan.set_scanner_alert_threshold(rule.id, rule.threshold, scanpolicyname=name)
    return name


def set_options(session: Session, options: ZapOptions) -> None:
    """Settings of a ZAP that is ours alone: places to inject, its own time limit, passive rules."""
    api = session.zap.api
    api.ascan.set_option_target_params_injectable(policy().injectable)
    minutes = max(1, round(options.max_seconds / 60))
    api.ascan.set_option_max_scan_duration_in_mins(minutes)
    try:
        api.pscan.set_scan_only_in_scope(True)
        api.pscan.disable_all_scanners()
        api.pscan.enable_scanners(",".join(str(rule.id) for rule in policy().passive))
    except ApiRefused as refused:
        # An older ZAP lacks some rule, a bare one the whole scanner; the wait says the latter.
        if refused.code not in ("no_implementor", "does_not_exist", "illegal_parameter"):
            raise
        session.notes.append("passive rules are those of this ZAP, not of our policy")
        _all_passive(session)


def _all_passive(session: Session) -> None:
    try:
        session.zap.api.pscan.enable_all_scanners()
    except ApiRefused as refused:
        if refused.code != "no_implementor":
            raise


def attack(session: Session, options: ZapOptions, context: ScanContext, into: Collected) -> None:
    """Run the active scan within its time; what it did not get to becomes gaps."""
    name = set_policy(session)
    if not name:
        reason = "this ZAP has none of the attack rules of our policy (add-on ascanrules)"
        session.gaps.append(Gap(subject="active scan", reason=reason))
        return
    api = session.zap.api
    try:
        answer = api.patient(60.0).ascan.scan(
            recurse=True, scanpolicyname=name, contextid=session.context_id
        )
        scan_id = str(number(answer, "a scan"))
        try:
            follow(session, scan_id, options, context, into)
        except Cancelled:
            api.ascan.stop(scan_id)
            raise
        session.gaps += unfinished(api.ascan.scan_progress(scan_id))
    finally:
        _forget(session, name)


def _forget(session: Session, name: str) -> None:
    """Take the policy out of a ZAP that others use."""
    if session.shared:
        try:
            session.zap.api.ascan.remove_scan_policy(name)
        except EngineError:
            session.notes.append(f"the scan policy {name} is left in that ZAP")


def follow(
    session: Session,
    scan_id: str,
    options: ZapOptions,
    context: ScanContext,
    into: Collected,
) -> None:
    """Watch the scan's state until it is finished, out of time, or without a target."""
    end = time.monotonic() + options.max_seconds
    next_look = 0.0
    while True:
        row = _scan_row(session.zap.api.ascan.scans, scan_id)
        into.requests = _count(row.get("reqCount"))
        if time.monotonic() >= next_look:
            collect(session, into)
            next_look = time.monotonic() + _COLLECT_EVERY
        reason = ""
        # Against a dead endpoint ZAP is soon finished too.
        if death := session.endpoint.died():
            reason = f"the endpoint {death} in the attack"
        elif row.get("state") == "FINISHED":
            return
        elif time.monotonic() > end:
            reason = f"stopped after {options.max_seconds:g} s, not finished"
        context.progress(
            f"active scan {_count(row.get('progress'))} %, {len(into.alerts)} reported"
        )
        if reason:
            session.gaps.append(Gap(subject="active scan", reason=reason))
            session.zap.api.ascan.stop(scan_id)
            return
        if context.cancelled.wait(_POLL):
            raise Cancelled("the scan was interrupted")


def _scan_row(rows: object, scan_id: str) -> dict[str, Any]:
    """Our scan among ZAP's. Its `status` says 100 of a stopped scan too, so it is not asked."""
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict) and str(row.get("id")) == scan_id:
            return row
    raise ToolUnreadable(f"ZAP no longer knows the scan {scan_id}")


def _count(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def unfinished(progress: object) -> list[Gap]:
    """Rules that did not end, from `scanProgress`: pairs of a host and its list of rules."""
    gaps: list[Gap] = []
    for host in progress if isinstance(progress, list) else []:
        rules = host.get("HostProcess") if isinstance(host, dict) else None
        for name, rule_id, state in _rule_states(rules):
            if state.lower() == "complete":
                continue
            gaps.append(Gap(subject=f"ZAP rule {rule_id} ({name[:80]})", reason=state[:120]))
    if len(gaps) > _MAX_SHOWN:
        more = len(gaps) - _MAX_SHOWN
        gaps = [
            *gaps[:_MAX_SHOWN],
            Gap(subject="active scan", reason=f"{more} more rules not ended"),
        ]
    return gaps


def _rule_states(rules: object) -> Iterator[tuple[str, str, str]]:
    """Each rule is a row of name, id, quality, state, ..."""
    for entry in rules if isinstance(rules, list) else []:
        row = entry.get("Plugin") if isinstance(entry, dict) else None
        if isinstance(row, list) and len(row) > 3:
            yield str(row[0]), str(row[1]), str(row[3])


def await_passive(session: Session, context: ScanContext) -> None:
    """Wait until the passive scanner has read what passed by; what is left becomes a gap."""
    end = time.monotonic() + _PASSIVE_SECONDS
    while True:
        try:
            left = _count(session.zap.api.pscan.records_to_scan)
        except ApiRefused as refused:
            if refused.code != "no_implementor":
                raise
            reason = "this ZAP has no passive scanner (add-on pscan)"
            session.gaps.append(Gap(subject="passive scan", reason=reason))
            return
        if left == 0:
            return
        if time.monotonic() > end:
            reason = f"{left} answers unread after {_PASSIVE_SECONDS:g} s"
            session.gaps.append(Gap(subject="passive scan", reason=reason))
            return
        context.progress(f"passive scan, {left} answers to read")
        if context.cancelled.wait(_POLL / 2):
            raise Cancelled("the scan was interrupted")
