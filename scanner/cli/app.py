"""Commands, flags and exit codes. Everything heavy is imported by the command that needs it.

Exit codes: 0 passed, 1 the gate failed, 2 usage or configuration, 3 inconclusive, 70 a bug of
ours, 130 interrupted.
"""

from __future__ import annotations

import copy
import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from typer.main import get_command_name

from scanner import __version__
from scanner.cli.commands import outside, results
from scanner.cli.flags import (
    BaselineFlag,
    BlockKnown,
    Config,
    Debug,
    EarlierFlag,
    FailOn,
    Formats,
    Out,
    PolicyFlag,
    Quiet,
    Spec,
    WaiversFlag,
    ZapUrl,
    complain,
    interruptible,
    judging,
    overrides,
    reporting,
    words,
)
from scanner.cli.plain import make_plain

EXIT_USAGE = 2
EXIT_BUG = 70
_RARELY = 20_000

app = typer.Typer(
    name="servegate",
    help="A security gate for model endpoints: code, infrastructure and the running API.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line and exit with its code."""
    debug = "--debug" in sys.argv
    # A command lives for seconds and makes few cycles; looking for them takes a tenth of its start.
    gc.set_threshold(_RARELY)
    try:
        narrowed(app, sys.argv[1:])()
    except BrokenPipeError:
        # The reader of our output went away (`| head`); nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_USAGE)
    except Exception as error:  # the one place that reports a bug of ours
        from scanner.model.errors import ServegateError

        if isinstance(error, ServegateError):
            complain(str(error))
            sys.exit(EXIT_USAGE)
        if debug:
            raise
        complain(f"a bug in servegate: {type(error).__name__}: {error} (--debug shows where)")
        sys.exit(EXIT_BUG)


def narrowed(whole: typer.Typer, argv: Sequence[str]) -> typer.Typer:
    """The application with just the command that `argv` begins with, or `whole` without one.

    Typer works out the parameters of every command that it is given, whichever is run: 25 ms.
    """
    word = argv[0] if argv else ""
    commands = [c for c in whole.registered_commands if _named(c.name, c.callback) == word]
    groups = [g for g in whole.registered_groups if g.name == word]
    if not commands and not groups:
        return whole
    part = copy.copy(whole)
    part.registered_commands, part.registered_groups = commands, groups
    return part


def _named(name: str | None, callback: Callable[..., object] | None) -> str:
    return name or (get_command_name(callback.__name__) if callback else "")


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"servegate {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """A security gate for model endpoints: code, infrastructure and the running API."""


@app.command()
def scan(
    path: Annotated[Path, typer.Argument(help="Folder (or file) with the serving code.")] = Path(),
    only: Annotated[
        list[str] | None, typer.Option(help="Stages or engines to run, comma-separated.")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option(help="Stages or engines to leave out, comma-separated.")
    ] = None,
    config: Config = None,
    out: Out = None,
    formats: Formats = None,
    fail_on: FailOn = None,
    url: Annotated[str | None, typer.Option(help="A running endpoint to attack.")] = None,
    command: Annotated[
        str | None,
        typer.Option(help="Command that starts the endpoint; {port} is put in."),
    ] = None,
    spec: Spec = None,
    ready: Annotated[
        str | None, typer.Option(help="Path on the endpoint that answers once it is ready.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port of the started endpoint (default: a free one).")
    ] = None,
    start_timeout: Annotated[
        float | None, typer.Option(help="Seconds that the endpoint may take to get ready.")
    ] = None,
    zap_url: ZapUrl = None,
    budget: Annotated[
        float | None, typer.Option(help="Seconds that the attack on the endpoint may take.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Hosts beside this machine that may be attacked.")
    ] = None,
    ca_file: Annotated[
        str | None, typer.Option(help="Certificate file that the endpoint's TLS is checked with.")
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Do not check the endpoint's TLS certificate.")
    ] = False,
    allow_missing: Annotated[
        list[str] | None, typer.Option(help="Engines that may be absent (stays visible).")
    ] = None,
    allow_gaps: Annotated[
        bool, typer.Option("--allow-gaps", help="Accept partial coverage (stays visible).")
    ] = False,
    policy: PolicyFlag = None,
    block_known: BlockKnown = False,
    baseline: BaselineFlag = None,
    earlier: EarlierFlag = None,
    waivers: WaiversFlag = None,
    changed_since: Annotated[
        str | None, typer.Option(help="Look only at files that changed since this git ref.")
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(help="Only this one of several [[endpoint]] of the configuration.")
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(help="One part of the scan, such as 2/4; servegate merge judges the parts."),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Neither use nor keep what earlier scans found.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan; run nothing.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Scan code and infrastructure, attack the endpoint, and judge the result."""
    from scanner.cli.scan import ScanRequest, run_scan

    request = ScanRequest(
        path=path,
        only=words(only),
        skip=words(skip),
        config=config,
        overrides=overrides(
            gate={
                **judging(fail_on, policy, baseline, waivers, block_known=block_known),
                "allow_missing": words(allow_missing) or None,
                "allow_gaps": allow_gaps or None,
            },
            endpoint={
                "url": url,
                "command": command,
                "spec": spec,
                "ready": ready,
                "port": port,
                "start_timeout": start_timeout,
                "max_seconds": budget,
                "allow_hosts": words(allow_host) or None,
                "ca_file": ca_file,
                "insecure": insecure or None,
            },
            zap={"url": zap_url},
            report=reporting(out, formats, earlier),
        ),
        dry_run=dry_run,
        quiet=quiet,
        debug=debug,
        changed_since=changed_since or "",
        shard=shard or "",
        endpoint=endpoint or "",
        cache=not no_cache,
    )
    raise typer.Exit(interruptible(lambda: run_scan(request), "interrupted: no verdict"))


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="Folder to look at.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    ci: Annotated[
        str | None,
        typer.Option(
            help="Also write the file of a pipeline: github, gitlab, pre-commit, jenkins or azure."
        ),
    ] = None,
) -> None:
    """Look at a repository and write a commented servegate.toml."""
    from scanner.cli.init import run_init

    raise typer.Exit(run_init(path, force=force, ci=ci or ""))


@app.command()
def doctor(
    path: Annotated[Path, typer.Argument(help="Folder that would be scanned.")] = Path(),
    zap_url: ZapUrl = None,
) -> None:
    """Say which engines are here, and how to get those that are not."""
    from scanner.cli.doctor import run_doctor

    raise typer.Exit(run_doctor(path, zap_url))


@app.command()
def schema(
    name: Annotated[str, typer.Argument(help="config (servegate.toml) or result (result.json).")],
) -> None:
    """Print a JSON Schema: of servegate.toml for editors, or of result.json for programs."""
    from scanner.cli.schema import run_schema

    raise typer.Exit(run_schema(name))


@app.command()
def rules(
    rule_id: Annotated[str | None, typer.Argument(help="Rule to explain.")] = None,
    output: Annotated[str, typer.Option("--format", help="table, markdown or json.")] = "table",
    engine: Annotated[str, typer.Option(help="Only the rules of this engine.")] = "",
) -> None:
    """List the rules, or explain one."""
    from scanner.cli.rules import run_rules

    raise typer.Exit(run_rules(rule_id, output, engine))


@app.command()
def explain(rule_id: Annotated[str, typer.Argument(help="Rule to explain.")]) -> None:
    """Say what a rule looks for, why it matters and what to do."""
    from scanner.cli.rules import run_rules

    raise typer.Exit(run_rules(rule_id, "table"))


@app.command()
def replay(
    fingerprint: Annotated[str, typer.Argument(help="Finding to try again (a prefix will do).")],
    path: Annotated[Path, typer.Option(help="Folder that was scanned.")] = Path(),
    config: Config = None,
    result: Annotated[Path | None, typer.Option(help="The result.json that names it.")] = None,
    url: Annotated[str | None, typer.Option(help="A running endpoint to try it on.")] = None,
    command: Annotated[str | None, typer.Option(help="Command that starts the endpoint.")] = None,
    spec: Spec = None,
) -> None:
    """Try one dynamic finding again and say whether it still holds (exit 1) or not (exit 0)."""
    from scanner.cli.replay import run_replay

    made = overrides(endpoint={"url": url, "command": command, "spec": spec})
    raise typer.Exit(run_replay(fingerprint, path, config, result, made))


results.register(app)
outside.register(app)
make_plain(app)
