"""Commands that start from the result of an earlier scan: nothing is scanned."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner.cli.flags import (
    BaselineFlag,
    BlockKnown,
    EarlierFlag,
    FailOnInstead,
    Formats,
    JudgedBy,
    Out,
    PolicyFlag,
    Quiet,
    Result,
    WaiversFlag,
    judging,
    overrides,
    reporting,
    words,
)

RESULT = Path("servegate-report/result.json")

baseline_app = typer.Typer(no_args_is_help=True, help="What was known at a time.")


def register(app: typer.Typer) -> None:
    """Bring the commands under the application."""
    for command in (report, show, evidence, gate, merge, waive):
        app.command()(command)
    app.add_typer(baseline_app, name="baseline")


def report(
    result: Annotated[
        Path | None,
        typer.Argument(help=f"A result.json of an earlier scan (default: {RESULT})."),
    ] = None,
    formats: Formats = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to (default: beside the result).")
    ] = None,
    earlier: EarlierFlag = None,
    recover: Annotated[
        bool,
        typer.Option("--recover", help="Report what a scan that was killed left in this folder."),
    ] = False,
) -> None:
    """Write reports from an earlier scan, without scanning."""
    from scanner.cli.rerender import run_recover, run_report

    if recover:
        raise typer.Exit(run_recover(result or RESULT.parent, words(formats), out))
    raise typer.Exit(run_report(result or RESULT, words(formats), out, tuple(earlier or ())))


def show(
    fingerprint: Annotated[str, typer.Argument(help="Finding to show (the beginning will do).")],
    result: Annotated[Path, typer.Option(help="The result.json that names it.")] = RESULT,
) -> None:
    """Show one finding: its code, its proof, and what to do about it."""
    from scanner.cli.show import run_show

    raise typer.Exit(run_show(fingerprint, result))


def evidence(
    result: Annotated[
        Path, typer.Argument(help="A result.json of an earlier scan, or the word `verify`.")
    ] = RESULT,
    pack: Annotated[
        Path | None, typer.Argument(help="With `verify`: the folder of the pack.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="New folder for the pack (default: servegate-evidence).")
    ] = None,
    declarations: Annotated[
        Path | None, typer.Option(help="TOML file with what you declare (DPIA, breach path, …).")
    ] = None,
    sign: Annotated[
        Path | None, typer.Option(help="SSH or minisign key to sign the manifest with.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(help="With `verify`: public key that must have signed it.")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(help="With `verify`: what the manifest must hash to.")
    ] = None,
) -> None:
    """Make a pack of evidence for auditors from a scan, or verify one (exit 1: not as made)."""
    from scanner.cli.evidence import EvidenceRequest, run_evidence

    request = EvidenceRequest(
        result=result,
        pack=pack,
        out=out,
        declarations=declarations,
        sign=sign,
        key=key,
        sha256=sha256,
    )
    raise typer.Exit(run_evidence(request))


def gate(
    result: Result,
    config: JudgedBy = None,
    fail_on: FailOnInstead = None,
    policy: PolicyFlag = None,
    block_known: BlockKnown = False,
    baseline: BaselineFlag = None,
    waivers: WaiversFlag = None,
    quiet: Quiet = False,
) -> None:
    """Judge an earlier scan anew, without scanning."""
    from scanner.cli.rerender import GateRequest, run_gate

    request = GateRequest(
        result=result,
        config=config,
        overrides=overrides(
            gate=judging(fail_on, policy, baseline, waivers, block_known=block_known)
        ),
        quiet=quiet,
    )
    raise typer.Exit(run_gate(request))


def merge(
    shards: Annotated[
        list[Path], typer.Argument(metavar="RESULT...", help="The result.json of each shard.")
    ],
    out: Out = None,
    formats: Formats = None,
    quiet: Quiet = False,
) -> None:
    """Make one result of the shards of a scan, and judge it as one run would have been."""
    from scanner.cli.merge import run_merge

    made = overrides(report=reporting(out, formats))
    raise typer.Exit(run_merge(tuple(shards), made, quiet=quiet))


def waive(
    fingerprint: Annotated[str, typer.Argument(help="The finding, or the beginning of its name.")],
    reason: Annotated[str, typer.Option(help="Why it can be accepted for a time.")],
    owner: Annotated[str, typer.Option(help="Who answers for that.")],
    until: Annotated[str, typer.Option(help="Last day that it counts (2026-12-31, UTC).")],
    result: Annotated[Path, typer.Option(help="A result.json of an earlier scan.")] = RESULT,
    file: Annotated[Path, typer.Option(help="File to add it to.")] = Path("servegate-waivers.toml"),
) -> None:
    """Accept one finding for a time: adds an entry to servegate-waivers.toml."""
    from scanner.cli.waivers import WaiveRequest, run_waive

    request = WaiveRequest(
        fingerprint=fingerprint, reason=reason, owner=owner, until=until, result=result, file=file
    )
    raise typer.Exit(run_waive(request))


@baseline_app.command("write")
def baseline_write(
    result: Result = RESULT,
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("servegate-baseline.json"),
) -> None:
    """Keep what a scan found as known, so that only what is new blocks."""
    from scanner.cli.baseline import run_baseline_write

    raise typer.Exit(run_baseline_write(result, out))
