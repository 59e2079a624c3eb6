"""Commands, flags and exit codes. Everything heavy is imported by the command that needs it.

Exit codes: 0 passed, 1 the gate failed, 2 usage or configuration, 3 inconclusive, 70 a bug of
ours, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from scanner import __version__

EXIT_USAGE = 2
EXIT_BUG = 70
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="servegate",
    help="A security gate for model endpoints: code, infrastructure and the running API.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Formats = Annotated[
    list[str] | None,
    typer.Option("--format", help="Reports to write, comma-separated (default: all)."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only the verdict line.")]
Debug = Annotated[bool, typer.Option("--debug", help="Tell more on stderr; tracebacks of bugs.")]


def main() -> None:
    """Run the command line and exit with its code."""
    debug = "--debug" in sys.argv
    try:
        app()
    except BrokenPipeError:
        # The reader of our output went away (`| head`); nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_USAGE)
    except Exception as error:  # the one place that reports a bug of ours
        from scanner.model.errors import ServegateError

        if isinstance(error, ServegateError):
            _complain(str(error))
            sys.exit(EXIT_USAGE)
        if debug:
            raise
        _complain(f"a bug in servegate: {type(error).__name__}: {error} (--debug shows where)")
        sys.exit(EXIT_BUG)


def _complain(text: str) -> None:
    from scanner.cli.text import plain

    sys.stderr.write(f"servegate: {plain(text)}\n")


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
    config: Annotated[
        Path | None, typer.Option(help="Configuration file (default: servegate.toml).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the reports (default: servegate-report).")
    ] = None,
    formats: Formats = None,
    fail_on: Annotated[
        str | None, typer.Option(help="Lowest severity that fails the gate (default: high).")
    ] = None,
    url: Annotated[str | None, typer.Option(help="A running endpoint to attack.")] = None,
    command: Annotated[
        str | None,
        typer.Option(help="Command that starts the endpoint; {port} is put in."),
    ] = None,
    spec: Annotated[
        str | None, typer.Option(help="OpenAPI document: a path on the endpoint, or a file.")
    ] = None,
    ready: Annotated[
        str | None, typer.Option(help="Path on the endpoint that answers once it is ready.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port of the started endpoint (default: a free one).")
    ] = None,
    start_timeout: Annotated[
        float | None, typer.Option(help="Seconds that the endpoint may take to get ready.")
    ] = None,
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan; run nothing.")] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Scan code and infrastructure, attack the endpoint, and judge the result."""
    from scanner.cli.scan import ScanRequest, run_scan

    request = ScanRequest(
        path=path,
        only=_words(only),
        skip=_words(skip),
        config=config,
        overrides=_overrides(
            gate={
                "fail_on": fail_on,
                "allow_missing": _words(allow_missing) or None,
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
                "allow_hosts": _words(allow_host) or None,
                "ca_file": ca_file,
                "insecure": insecure or None,
            },
            report={"out": str(out) if out else None, "formats": _words(formats) or None},
        ),
        dry_run=dry_run,
        quiet=quiet,
        debug=debug,
    )
    try:
        code = run_scan(request)
    except KeyboardInterrupt:
        _complain("interrupted: no verdict")
        code = EXIT_INTERRUPTED
    raise typer.Exit(code)


@app.command()
def init(
    path: Annotated[Path, typer.Argument(help="Folder to look at.")] = Path(),
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Look at a repository and write a commented servegate.toml."""
    from scanner.cli.init import run_init

    raise typer.Exit(run_init(path, force=force))


@app.command()
def doctor(
    path: Annotated[Path, typer.Argument(help="Folder that would be scanned.")] = Path(),
) -> None:
    """Say which engines are here, and how to get those that are not."""
    from scanner.cli.doctor import run_doctor

    raise typer.Exit(run_doctor(path))


@app.command()
def rules(
    rule_id: Annotated[str | None, typer.Argument(help="Rule to explain.")] = None,
    output: Annotated[str, typer.Option("--format", help="table, markdown or json.")] = "table",
) -> None:
    """List the rules, or explain one."""
    from scanner.cli.rules import run_rules

    raise typer.Exit(run_rules(rule_id, output))


@app.command()
def report(
    result: Annotated[Path, typer.Argument(help="A result.json of an earlier scan.")],
    formats: Formats = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to (default: beside the result).")
    ] = None,
) -> None:
    """Write reports from an earlier scan, without scanning."""
    from scanner.cli.rerender import run_report

    raise typer.Exit(run_report(result, _words(formats), out))


@app.command()
def gate(
    result: Annotated[Path, typer.Argument(help="A result.json of an earlier scan.")],
    config: Annotated[Path | None, typer.Option(help="Policy to judge by.")] = None,
    fail_on: Annotated[str | None, typer.Option(help="Lowest severity that fails.")] = None,
    quiet: Quiet = False,
) -> None:
    """Judge an earlier scan anew, without scanning."""
    from scanner.cli.rerender import run_gate

    raise typer.Exit(run_gate(result, config, fail_on, quiet=quiet))


@app.command()
def replay(
    fingerprint: Annotated[str, typer.Argument(help="Finding to try again (a prefix will do).")],
    path: Annotated[Path, typer.Option(help="Folder that was scanned.")] = Path(),
    config: Annotated[
        Path | None, typer.Option(help="Configuration file (default: servegate.toml).")
    ] = None,
    result: Annotated[Path | None, typer.Option(help="The result.json that names it.")] = None,
    url: Annotated[str | None, typer.Option(help="A running endpoint to try it on.")] = None,
    command: Annotated[str | None, typer.Option(help="Command that starts the endpoint.")] = None,
    spec: Annotated[str | None, typer.Option(help="OpenAPI document.")] = None,
) -> None:
    """Try one dynamic finding again and say whether it still holds (exit 1) or not (exit 0)."""
    from scanner.cli.replay import run_replay

    overrides = _overrides(endpoint={"url": url, "command": command, "spec": spec})
    raise typer.Exit(run_replay(fingerprint, path, config, result, overrides))


def _words(values: list[str] | None) -> tuple[str, ...]:
    """Flags that may be repeated and hold commas, as one tuple."""
    return tuple(word for value in values or () for word in value.replace(",", " ").split())


def _overrides(**sections: dict[str, object]) -> dict[str, dict[str, object]]:
    """Only the flags that were given."""
    return {
        name: {key: value for key, value in section.items() if value is not None}
        for name, section in sections.items()
    }
