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
    typer.Option(
        "--format",
        help="Reports to write, comma-separated: json, html, sarif, junit, markdown (the default), "
        "pr-comment, csv, gitlab-sast, gitlab-dast, sonarqube, defectdojo.",
    ),
]
ZapUrl = Annotated[
    str | None,
    typer.Option("--zap-url", help="A running ZAP to use; its key is in ZAP_API_KEY."),
]
BaselineFlag = Annotated[
    str | None,
    typer.Option(help="What was known before: a baseline file, or git:REF."),
]
PolicyFlag = Annotated[
    str | None, typer.Option(help="strict, pr, audit, or a policy file of your own.")
]
BlockKnown = Annotated[
    bool, typer.Option("--block-known", help="What the baseline knows blocks too.")
]
WaiversFlag = Annotated[
    Path | None, typer.Option(help="File of waivers (default: servegate-waivers.toml).")
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
    waivers: WaiversFlag = None,
    changed_since: Annotated[
        str | None, typer.Option(help="Look only at files that changed since this git ref.")
    ] = None,
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
                "policy": policy,
                "block_known": block_known or None,
                "baseline": baseline,
                "waivers": str(waivers) if waivers else None,
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
            zap={"url": zap_url},
            report={"out": str(out) if out else None, "formats": _words(formats) or None},
        ),
        dry_run=dry_run,
        quiet=quiet,
        debug=debug,
        changed_since=changed_since or "",
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
    zap_url: ZapUrl = None,
) -> None:
    """Say which engines are here, and how to get those that are not."""
    from scanner.cli.doctor import run_doctor

    raise typer.Exit(run_doctor(path, zap_url))


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
def evidence(
    result: Annotated[
        Path, typer.Argument(help="A result.json of an earlier scan, or the word `verify`.")
    ] = Path("servegate-report/result.json"),
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


@app.command()
def gate(
    result: Annotated[Path, typer.Argument(help="A result.json of an earlier scan.")],
    config: Annotated[Path | None, typer.Option(help="Policy to judge by.")] = None,
    fail_on: Annotated[str | None, typer.Option(help="Lowest severity that fails.")] = None,
    policy: PolicyFlag = None,
    block_known: BlockKnown = False,
    baseline: BaselineFlag = None,
    waivers: WaiversFlag = None,
    quiet: Quiet = False,
) -> None:
    """Judge an earlier scan anew, without scanning."""
    from scanner.cli.rerender import GateRequest, run_gate

    overrides = _overrides(
        gate={
            "fail_on": fail_on,
            "policy": policy,
            "block_known": block_known or None,
            "baseline": baseline,
            "waivers": str(waivers) if waivers else None,
        }
    )
    request = GateRequest(result=result, config=config, overrides=overrides, quiet=quiet)
    raise typer.Exit(run_gate(request))


ResultFlag = Annotated[Path, typer.Option(help="A result.json of an earlier scan.")]


@app.command()
def waive(
    fingerprint: Annotated[str, typer.Argument(help="The finding, or the beginning of its name.")],
    reason: Annotated[str, typer.Option(help="Why it can be accepted for a time.")],
    owner: Annotated[str, typer.Option(help="Who answers for that.")],
    until: Annotated[str, typer.Option(help="Last day that it counts (2026-12-31, UTC).")],
    result: ResultFlag = Path("servegate-report/result.json"),
    file: Annotated[Path, typer.Option(help="File to add it to.")] = Path("servegate-waivers.toml"),
) -> None:
    """Accept one finding for a time: adds an entry to servegate-waivers.toml."""
    from scanner.cli.waivers import WaiveRequest, run_waive

    request = WaiveRequest(
        fingerprint=fingerprint, reason=reason, owner=owner, until=until, result=result, file=file
    )
    raise typer.Exit(run_waive(request))


baseline_app = typer.Typer(no_args_is_help=True, help="What was known at a time.")
app.add_typer(baseline_app, name="baseline")


@baseline_app.command("write")
def baseline_write(
    result: Annotated[Path, typer.Argument(help="A result.json of an earlier scan.")] = Path(
        "servegate-report/result.json"
    ),
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("servegate-baseline.json"),
) -> None:
    """Keep what a scan found as known, so that only what is new blocks."""
    from scanner.cli.baseline import run_baseline_write

    raise typer.Exit(run_baseline_write(result, out))


zap_app = typer.Typer(no_args_is_help=True, help="Get OWASP ZAP, or run it by yourself.")
import_app = typer.Typer(no_args_is_help=True, help="Judge what another tool has found.")
app.add_typer(zap_app, name="zap")
app.add_typer(import_app, name="import")
iac_app = typer.Typer(no_args_is_help=True, help="Pre-approved Terraform templates.")
app.add_typer(iac_app, name="iac")


@zap_app.command("install")
def zap_install(
    version: Annotated[
        str | None, typer.Option(help="Release to fetch (default: the newest that we know).")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Where to fetch it from instead.")] = None,
    sha256: Annotated[
        str | None,
        typer.Option(help="What the archive must hash to (for a release unknown to us)."),
    ] = None,
    directory: Annotated[
        Path | None, typer.Option("--dir", help="Folder to put it in (default: the user's data).")
    ] = None,
) -> None:
    """Fetch an official release of OWASP ZAP, check it, and unpack it."""
    from scanner.cli.zap import run_install

    raise typer.Exit(run_install(version, url, sha256, directory))


@zap_app.command("plan")
def zap_plan(
    path: Annotated[Path, typer.Argument(help="Folder whose servegate.toml is used.")] = Path(),
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
    url: Annotated[str | None, typer.Option(help="Where ZAP will find the endpoint.")] = None,
    spec: Annotated[
        str | None, typer.Option(help="OpenAPI document: a path on the endpoint, or a file.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The plan to write.")] = Path("zap-plan.yaml"),
) -> None:
    """Write the scan as a plan for ZAP's Automation Framework."""
    from scanner.cli.zap import run_plan

    raise typer.Exit(run_plan(path, config, url, spec, out))


@import_app.command("zap")
def import_zap(
    report: Annotated[
        Path, typer.Argument(help="A report of ZAP's: traditional-json, or its API's.")
    ],
    spec: Annotated[
        Path | None, typer.Option(help="OpenAPI document, to name operations by their paths.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Policy to judge by.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the reports (default: servegate-report).")
    ] = None,
    formats: Formats = None,
    fail_on: Annotated[str | None, typer.Option(help="Lowest severity that fails.")] = None,
    quiet: Quiet = False,
) -> None:
    """Turn a report that ZAP wrote into findings, and judge them."""
    from scanner.cli.import_ import run_import_zap

    overrides = _overrides(
        gate={"fail_on": fail_on},
        report={"out": str(out) if out else None, "formats": _words(formats) or None},
    )
    raise typer.Exit(run_import_zap(report, spec, config, overrides, quiet=quiet))


@import_app.command("garak")
def import_garak(
    report: Annotated[Path, typer.Argument(help="garak's report.jsonl.")],
    config: Annotated[Path | None, typer.Option(help="Policy to judge by.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the reports (default: servegate-report).")
    ] = None,
    formats: Formats = None,
    fail_on: Annotated[str | None, typer.Option(help="Lowest severity that fails.")] = None,
    quiet: Quiet = False,
) -> None:
    """Take what garak found, as rates of a model: its eval rows."""
    from scanner.cli.import_ import run_import_garak

    overrides = _overrides(
        gate={"fail_on": fail_on},
        report={"out": str(out) if out else None, "formats": _words(formats) or None},
    )
    raise typer.Exit(run_import_garak(report, config, overrides, quiet=quiet))


@import_app.command("promptfoo")
def import_promptfoo(
    report: Annotated[Path, typer.Argument(help="JSON that promptfoo wrote with --output.")],
    config: Annotated[Path | None, typer.Option(help="Policy to judge by.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the reports (default: servegate-report).")
    ] = None,
    formats: Formats = None,
    fail_on: Annotated[str | None, typer.Option(help="Lowest severity that fails.")] = None,
    quiet: Quiet = False,
) -> None:
    """Take what promptfoo found, as rates of a model."""
    from scanner.cli.import_ import run_import_promptfoo

    overrides = _overrides(
        gate={"fail_on": fail_on},
        report={"out": str(out) if out else None, "formats": _words(formats) or None},
    )
    raise typer.Exit(run_import_promptfoo(report, config, overrides, quiet=quiet))


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


@iac_app.command("templates")
def iac_templates() -> None:
    """List the templates."""
    from scanner.cli.iac import run_templates

    raise typer.Exit(run_templates())


@iac_app.command("template")
def iac_template(
    name: Annotated[str, typer.Argument(help="Template to write (`servegate iac templates`).")],
    directory: Annotated[Path, typer.Argument(help="New or empty folder to write it to.")],
) -> None:
    """Write a template out as a Terraform module of your own."""
    from scanner.cli.iac import run_template

    raise typer.Exit(run_template(name, directory))


@app.command()
def rotate(
    path: Annotated[Path, typer.Argument(help="Folder whose servegate.toml is used.")] = Path(),
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
    manager: Annotated[str | None, typer.Option(help="aws, vault or azure.")] = None,
    manager_url: Annotated[str | None, typer.Option(help="The secret manager's URL.")] = None,
    region: Annotated[str | None, typer.Option(help="Region of the manager (aws).")] = None,
    secret: Annotated[str | None, typer.Option(help="The key's name in the manager.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Where the endpoint runs.")] = None,
    try_: Annotated[
        str | None,
        typer.Option("--try", help='Operation that needs the key, such as "GET /v1/me".'),
    ] = None,
    header: Annotated[
        str | None, typer.Option(help="Header that holds the key (default: X-API-Key).")
    ] = None,
    grace: Annotated[
        float | None, typer.Option(help="Seconds that the old key stays valid (default: 3600).")
    ] = None,
    settle: Annotated[
        float | None,
        typer.Option(help="Seconds through which a key must be accepted (default: 10)."),
    ] = None,
    patience: Annotated[
        float | None, typer.Option(help="Seconds to wait for the endpoint (default: 300).")
    ] = None,
    if_older_than: Annotated[
        float | None, typer.Option(help="Begin only if the current key is older, in days.")
    ] = None,
    no_wait: Annotated[
        bool,
        typer.Option("--no-wait", help="Leave at the grace; a later run revokes the old key."),
    ] = False,
    abandon: Annotated[
        bool, typer.Option("--abandon", help="Drop a pending key that was never promoted.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the steps; change and try nothing.")
    ] = False,
) -> None:
    """Rotate the endpoint's API key without a refused request; run again, it resumes."""
    from scanner.cli.rotate import RotateRequest, run_rotate

    request = RotateRequest(
        path=path,
        config=config,
        overrides=_overrides(
            rotation={
                "manager": manager,
                "url": manager_url,
                "region": region,
                "secret": secret,
                "endpoint": endpoint,
                "try": try_,
                "header": header,
                "grace_seconds": grace,
                "settle_seconds": settle,
                "patience_seconds": patience,
            }
        ),
        older_than_days=if_older_than or 0.0,
        wait=not no_wait,
        abandon=abandon,
        dry_run=dry_run,
    )
    try:
        code = run_rotate(request)
    except KeyboardInterrupt:
        _complain("interrupted; servegate rotate goes on from where it was")
        code = EXIT_INTERRUPTED
    raise typer.Exit(code)


def _words(values: list[str] | None) -> tuple[str, ...]:
    """Flags that may be repeated and hold commas, as one tuple."""
    return tuple(word for value in values or () for word in value.replace(",", " ").split())


def _overrides(**sections: dict[str, object]) -> dict[str, dict[str, object]]:
    """Only the flags that were given."""
    return {
        name: {key: value for key, value in section.items() if value is not None}
        for name, section in sections.items()
    }
