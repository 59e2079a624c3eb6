"""`servegate import`: what another tool has found, judged by the same gate."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from scanner.cli.judge import judge
from scanner.cli.output import EXIT_CODES, check_formats, write_reports
from scanner.cli.scan import baseline_file, waivers_file
from scanner.cli.terminal import Console
from scanner.cli.waivers import read_waivers, today
from scanner.cli.wiring import SPECS
from scanner.config import Overrides, load_settings
from scanner.engines._endpoint.spec import Api, parse_spec
from scanner.engines.redteam.garak import read_garak
from scanner.engines.redteam.promptfoo import read_promptfoo
from scanner.engines.zap.reports import read_report
from scanner.model.errors import InputError, TargetError
from scanner.model.history import Past
from scanner.model.outcome import Completed, EngineRun, Partial
from scanner.model.plan import DynamicTask, LeftOut, LeftOutKind, Plan, Target
from scanner.model.severity import Stage
from scanner.model.values import Value

_MAX_FILE = 256 * 1024 * 1024


class Imported(Value):
    """What a report of another tool comes to; `site` is the endpoint, where it names one."""

    tool: str
    report: Path
    outcome: Completed | Partial
    site: str = ""


def from_zap(report: Path, spec: Path | None) -> Imported:
    """A ZAP report; with `spec` its URLs become operations. Raises `InputError`."""
    read = read_report(_text(report), report.name, _api(spec) if spec else None)
    return Imported("zap", report, read.outcome, read.site)


def from_garak(report: Path) -> Imported:
    """garak's `report.jsonl`. Raises `InputError`, `AssetError`."""
    return Imported("garak", report, read_garak(_text(report), report.name))


def from_promptfoo(report: Path) -> Imported:
    """promptfoo's JSON. Raises `InputError`, `AssetError`."""
    return Imported("promptfoo", report, read_promptfoo(_text(report), report.name))


def run_import(
    imported: Imported, config: Path | None, overrides: Overrides, *, quiet: bool
) -> int:
    """Judge it and write our reports; returns the exit code. Raises `ServegateError`."""
    tool, report = imported.tool, imported.report
    started = datetime.now(timezone.utc)
    console = Console(quiet=quiet, debug=False)
    settings = load_settings(config, overrides)
    check_formats(settings.report.formats)
    target = Target(name=report.name, url=imported.site)
    task = DynamicTask(engine=tool, stage=Stage.DAST, root=report.parent, target=target)
    left_out = tuple(
        LeftOut(
            engine=one.name,
            stage=one.stage,
            kind=LeftOutKind.NOT_ASKED,
            reason=f"a report of {tool} was imported",
        )
        for one in SPECS
        if one.name != tool
    )
    plan = Plan(root=report.parent, tasks=(task,), left_out=left_out)
    run = EngineRun(
        engine=tool, stage=Stage.DAST, outcome=imported.outcome, started=0.0, seconds=0.0
    )
    past = Past(
        today=today(),
        waivers=read_waivers(file) if (file := waivers_file(settings, Path())[0]) else (),
        baseline=baseline_file(settings),
    )
    result = judge(report, started, plan, (run,), settings, past)
    written = write_reports(result, settings.report.formats, Path(settings.report.out))
    console.summary(result, written)
    return EXIT_CODES[result.decision.verdict]


def _api(spec: Path) -> Api:
    try:
        return parse_spec(_text(spec), spec.name)
    except TargetError as error:
        raise InputError(str(error)) from error


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_FILE:
            raise InputError(f"{path} is larger than {_MAX_FILE >> 20} MiB")
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8 text"
        raise InputError(f"{path}: can't be read: {why.lower()}") from error
