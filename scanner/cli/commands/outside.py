"""Commands about what is not ours: ZAP and other tools' results, templates, secret managers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner.cli.flags import (
    Config,
    FailOnInstead,
    Formats,
    JudgedBy,
    Out,
    Quiet,
    Spec,
    interruptible,
    overrides,
    reporting,
)

zap_app = typer.Typer(no_args_is_help=True, help="Get OWASP ZAP, or run it by yourself.")
import_app = typer.Typer(no_args_is_help=True, help="Judge what another tool has found.")
cache_app = typer.Typer(no_args_is_help=True, help="What earlier scans found, kept for later ones.")
iac_app = typer.Typer(no_args_is_help=True, help="Pre-approved Terraform templates.")


def register(app: typer.Typer) -> None:
    """Bring the commands under the application."""
    app.command()(rotate)
    app.add_typer(zap_app, name="zap")
    app.add_typer(import_app, name="import")
    app.add_typer(iac_app, name="iac")
    app.add_typer(cache_app, name="cache")


@cache_app.command("path")
def cache_path() -> None:
    """Print the cache's folder (SERVEGATE_CACHE names another one, or `off`)."""
    from scanner.cli.caching import run_path

    raise typer.Exit(run_path())


@cache_app.command("info")
def cache_info() -> None:
    """Say how much is kept."""
    from scanner.cli.caching import run_info

    raise typer.Exit(run_info())


@cache_app.command("prune")
def cache_prune(
    keep: Annotated[float, typer.Option(min=0, help="Megabytes to keep (default: none).")] = 0,
) -> None:
    """Drop what was unused longest."""
    from scanner.cli.caching import run_prune

    raise typer.Exit(run_prune(keep))


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
    config: Config = None,
    url: Annotated[str | None, typer.Option(help="Where ZAP will find the endpoint.")] = None,
    spec: Spec = None,
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
    config: JudgedBy = None,
    out: Out = None,
    formats: Formats = None,
    fail_on: FailOnInstead = None,
    quiet: Quiet = False,
) -> None:
    """Turn a report that ZAP wrote into findings, and judge them."""
    from scanner.cli.import_ import from_zap, run_import

    made = overrides(gate={"fail_on": fail_on}, report=reporting(out, formats))
    raise typer.Exit(run_import(from_zap(report, spec), config, made, quiet=quiet))


@import_app.command("garak")
def import_garak(
    report: Annotated[Path, typer.Argument(help="garak's report.jsonl.")],
    config: JudgedBy = None,
    out: Out = None,
    formats: Formats = None,
    fail_on: FailOnInstead = None,
    quiet: Quiet = False,
) -> None:
    """Take what garak found, as rates of a model: its eval rows."""
    from scanner.cli.import_ import from_garak, run_import

    made = overrides(gate={"fail_on": fail_on}, report=reporting(out, formats))
    raise typer.Exit(run_import(from_garak(report), config, made, quiet=quiet))


@import_app.command("promptfoo")
def import_promptfoo(
    report: Annotated[Path, typer.Argument(help="JSON that promptfoo wrote with --output.")],
    config: JudgedBy = None,
    out: Out = None,
    formats: Formats = None,
    fail_on: FailOnInstead = None,
    quiet: Quiet = False,
) -> None:
    """Take what promptfoo found, as rates of a model."""
    from scanner.cli.import_ import from_promptfoo, run_import

    made = overrides(gate={"fail_on": fail_on}, report=reporting(out, formats))
    raise typer.Exit(run_import(from_promptfoo(report), config, made, quiet=quiet))


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


def rotate(
    path: Annotated[Path, typer.Argument(help="Folder whose servegate.toml is used.")] = Path(),
    config: Config = None,
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
    unseen: Annotated[
        bool,
        typer.Option("--unseen", help="Close though the revoked key's value is gone, untried."),
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
        overrides=overrides(
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
        unseen=unseen,
        dry_run=dry_run,
    )
    told = "interrupted; servegate rotate goes on from where it was"
    raise typer.Exit(interruptible(lambda: run_rotate(request), told))
