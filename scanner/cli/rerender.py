"""`servegate report` and `servegate gate`: an earlier result, rendered or judged anew."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from scanner.cli.console import Console
from scanner.cli.output import write_reports
from scanner.cli.scan import EXIT_CODES
from scanner.config import load_settings
from scanner.gate import decide
from scanner.model.errors import ConfigError, InputError
from scanner.model.scan import ScanResult
from scanner.model.severity import Severity
from scanner.reporters import NAMES, json_v1
from scanner.triage import triage


def run_report(result: Path, formats: tuple[str, ...], out: Path | None) -> int:
    """Write reports from a result; 0 when they are written. Raises `ServegateError`."""
    scan = load_result(result)
    chosen = formats or tuple(name for name in NAMES if name != "json")
    for path in write_reports(scan, chosen, out or result.parent):
        sys.stdout.write(f"{path}\n")
    return 0


def run_gate(result: Path, config: Path | None, fail_on: str | None, *, quiet: bool) -> int:
    """Judge a result by its own policy, or by that of `config` and flags; returns the exit code."""
    scan = load_result(result)
    policy = load_settings(config, {}).policy() if config else scan.policy
    if fail_on is not None:
        try:
            policy = replace(policy, fail_on=Severity.parse(fail_on))
        except ValueError as error:
            raise ConfigError(f"--fail-on: {error}") from error
    findings = triage((entry.group for entry in scan.findings), policy)
    judged = replace(
        scan,
        policy=policy,
        findings=findings,
        decision=decide(findings, scan.runs, scan.plan, policy),
    )
    Console(quiet=quiet, debug=False).verdict(judged)
    return EXIT_CODES[judged.decision.verdict]


def load_result(result: Path) -> ScanResult:
    """Read a result.json. Raises `InputError`."""
    try:
        text = result.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"{result}: can't be read: {why.lower()}") from error
    return json_v1.load(text)
