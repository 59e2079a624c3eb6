"""`servegate report` and `servegate gate`: an earlier result, rendered or judged anew."""

from __future__ import annotations

import sys
from pathlib import Path

from msgspec.structs import replace

from scanner.attacks import attacks
from scanner.baseline import known_weakness
from scanner.cli.baseline import GIT_PREFIX, read_baseline
from scanner.cli.earlier import with_earlier
from scanner.cli.load import load_result
from scanner.cli.output import EXIT_CODES, knowledge, write_reports
from scanner.cli.terminal import Console
from scanner.cli.unfinished import left_in
from scanner.cli.waivers import read_waivers, today
from scanner.config import Overrides, load_settings
from scanner.gate import decide
from scanner.model.decision import GateVerdict, Status
from scanner.model.errors import ConfigError, InputError
from scanner.model.history import Baseline, Past, Waiver
from scanner.model.scan import ScanResult
from scanner.model.values import Value
from scanner.reporters import DEFAULT
from scanner.triage import triage_all


def run_report(
    result: Path, formats: tuple[str, ...], out: Path | None, earlier: tuple[Path, ...] = ()
) -> int:
    """Write reports from a result, with a trend over `earlier` ones; 0 when they are written.

    Raises `ServegateError`.
    """
    scan = with_earlier(load_result(result), earlier)
    chosen = formats or tuple(name for name in DEFAULT if name != "json")
    for path in write_reports(scan, chosen, out or result.parent):
        sys.stdout.write(f"{path}\n")
    return 0


def run_recover(folder: Path, formats: tuple[str, ...], out: Path | None) -> int:
    """Write reports of what a scan that was killed had found; 0 when they are written.

    Engines that gave no answer are named in them, so the verdict is never that it passed.
    Raises `ServegateError`.
    """
    file = left_in(folder)
    scan = load_result(file)
    if scan.decision.verdict is GateVerdict.PASSED:
        raise InputError(f"{file}: it says that it passed, which no scan without an end can say")
    written = write_reports(scan, formats or DEFAULT, out or file.parent)
    if out is None or out == file.parent:
        file.unlink(missing_ok=True)
    Console(quiet=False, debug=False).summary(scan, written)
    return 0


class GateRequest(Value, kw_only=True):
    """What the user asked for on the command line."""

    result: Path
    config: Path | None
    overrides: Overrides
    quiet: bool


def run_gate(request: GateRequest) -> int:
    """Judge a result by its own policy, or by that of the configuration and flags.

    Returns the exit code. What was known and waived at the time of the scan stays so, unless flags
    or configuration name another baseline or other waivers; waivers may have expired since.
    """
    scan = load_result(request.result)
    settings = load_settings(request.config, request.overrides)
    gate = settings.gate
    flags = request.overrides.get("gate", {})
    policy = settings.policy() if request.config or "policy" in flags else scan.policy
    if "fail_on" in flags:
        policy = replace(policy, fail_on=gate.fail_on)
    if "block_known" in flags:
        policy = replace(policy, block_known=gate.block_known)
    # A configuration may name a state in git, with which the scan was compared already.
    asked = "baseline" in flags
    compared = bool(gate.baseline) and (asked or not gate.baseline.startswith(GIT_PREFIX))
    past = Past(
        today=today(),
        waivers=read_waivers(Path(gate.waivers)) if gate.waivers else _waivers_then(scan),
        baseline=_baseline(gate.baseline) if compared else _known_then(scan),
    )
    judged = triage_all((entry.group for entry in scan.findings), policy, past, scan.runs)
    seen = attacks(judged.findings, scan.runs, knowledge(scan.catalogue))
    anew = replace(
        scan,
        policy=policy,
        findings=judged.findings,
        comparison=judged.comparison if compared else scan.comparison,
        decision=decide(judged.findings, scan.runs, scan.plan, policy, judged.notes, seen.paths),
        attacks=seen,
    )
    Console(quiet=request.quiet, debug=False).verdict(anew)
    return EXIT_CODES[anew.decision.verdict]


def _baseline(named: str) -> Baseline:
    if named.startswith(GIT_PREFIX):
        raise ConfigError(
            "--baseline: a result can only be compared with a baseline file; "
            f"servegate scan --baseline {named} scans the older state"
        )
    return read_baseline(Path(named))


def _known_then(scan: ScanResult) -> Baseline | None:
    known = [entry.group for entry in scan.findings if entry.status is Status.KNOWN]
    if not known:
        return None
    return Baseline(source="the scan's own", weaknesses=tuple(map(known_weakness, known)))


def _waivers_then(scan: ScanResult) -> tuple[Waiver, ...]:
    used = (entry.waiver for entry in scan.findings if entry.waiver is not None)
    return tuple(dict.fromkeys(used))
