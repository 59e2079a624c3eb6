"""`servegate replay`: one dynamic finding, tried again with its own probe."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from scanner.cli.load import load_result
from scanner.cli.terminal import Console
from scanner.cli.text import plain
from scanner.cli.wiring import make_engines
from scanner.config import Overrides, Settings, find_config, load_settings
from scanner.inventory import take_inventory
from scanner.model.errors import ConfigError, EngineError, InputError
from scanner.model.evidence import Proof
from scanner.model.files import FileKind
from scanner.model.finding import Finding
from scanner.model.location import EndpointLocation
from scanner.model.outcome import Assessment, Verdict
from scanner.model.plan import DynamicTask, Focus, Target
from scanner.model.protocols import ScanContext
from scanner.model.severity import Stage
from scanner.target import target_of

_HOLDS, _GONE, _UNKNOWN = 1, 0, 3


def run_replay(
    fingerprint: str, path: Path, config: Path | None, result: Path | None, overrides: Overrides
) -> int:
    """Start or reach the endpoint, let the probe speak once more, and say what came of it.

    Returns 1 if the finding still holds, 0 if it does not, 3 if that can't be told. Raises
    `ServegateError`.
    """
    console = Console(quiet=False, debug=False)
    found, note = (config, "") if config else find_config(path)
    if note:
        console.note(note)
    settings = load_settings(found, overrides)
    finding = _named(fingerprint, result or _default_result(settings))
    target = target_of(settings, found.parent if found else path, os.environ)
    if target is None:
        raise ConfigError("no endpoint: give --url, --command or [endpoint] in servegate.toml")
    location = finding.location
    if not isinstance(location, EndpointLocation):
        raise InputError(f"{finding.fingerprint} is no dynamic finding; scan the file again")
    sys.stdout.write(plain(f"{finding.rule_id}: {finding.message}") + "\n")
    return _try_again(finding, location, path, target)


def _try_again(finding: Finding, location: EndpointLocation, path: Path, target: Target) -> int:
    engine = make_engines()[finding.engine]
    task = DynamicTask(
        engine=finding.engine,
        stage=Stage.DAST,
        root=path,
        target=target,
        sources=take_inventory(path).of(FileKind.PYTHON),
        focus=Focus(rule_id=finding.rule_id, method=location.method, path=location.path),
    )
    context = ScanContext(progress=lambda _text: None, cancelled=threading.Event())
    try:
        outcome = engine.scan(task, context)
    except EngineError as error:
        sys.stdout.write(plain(f"Not to be told: {error}") + "\n")
        return _UNKNOWN
    again = [one for one in outcome.findings if one.fingerprint == finding.fingerprint]
    if again:
        for proof in again[0].evidence:
            if isinstance(proof, Proof):
                sys.stdout.write(plain(f"Still holds: {proof.oracle}") + "\n")
                sys.stdout.write(plain(proof.replay) + "\n")
        return _HOLDS
    return _told(outcome.assessments, finding)


def _told(assessments: tuple[Assessment, ...], finding: Finding) -> int:
    """What to say where the finding did not come again."""
    answers = [one for one in assessments if one.rule_id == finding.rule_id]
    held = [one for one in answers if one.verdict in (Verdict.HELD, Verdict.VULNERABLE)]
    if held:
        why = f": {held[0].why}" if held[0].why else ""
        sys.stdout.write(plain(f"No longer holds{why}") + "\n")
        return _GONE
    why = answers[0].why if answers else "the probe found nothing to test it on"
    sys.stdout.write(plain(f"Not to be told: {why}") + "\n")
    return _UNKNOWN


def _named(fingerprint: str, result: Path) -> Finding:
    """The finding of a result that a fingerprint, or a prefix of it, names."""
    wanted = fingerprint if fingerprint.startswith("v1:") else f"v1:{fingerprint}"
    scan = load_result(result)
    fitting = [
        finding
        for entry in scan.findings
        for finding in entry.group.findings
        if finding.fingerprint.startswith(wanted)
    ]
    if not fitting:
        raise InputError(f"{result} has no finding {fingerprint}")
    if len(fitting) > 1:
        raise InputError(f"{fingerprint} names {len(fitting)} findings; give more of it")
    return fitting[0]


def _default_result(settings: Settings) -> Path:
    return Path(settings.report.out) / "result.json"
