"""Flags that several commands share, and what becomes of flags."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

EXIT_INTERRUPTED = 130

Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        help="Reports to write, comma-separated: json, html, sarif, junit, markdown (the default), "
        "pr-comment, csv, gitlab-sast, gitlab-dast, gitlab-codequality, sonarqube, defectdojo.",
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
Config = Annotated[Path | None, typer.Option(help="Configuration file (default: servegate.toml).")]
Out = Annotated[
    Path | None, typer.Option(help="Folder for the reports (default: servegate-report).")
]
EarlierFlag = Annotated[
    list[Path] | None,
    typer.Option("--earlier", help="Result of an earlier scan, for the trend (repeatable)."),
]
FailOn = Annotated[
    str | None, typer.Option(help="Lowest severity that fails the gate (default: high).")
]
# Where a result is judged and nothing is scanned, no file is looked for.
JudgedBy = Annotated[Path | None, typer.Option("--config", help="Policy to judge by.")]
FailOnInstead = Annotated[str | None, typer.Option("--fail-on", help="Lowest severity that fails.")]
Spec = Annotated[
    str | None, typer.Option(help="OpenAPI document: a path on the endpoint, or a file.")
]
Result = Annotated[Path, typer.Argument(help="A result.json of an earlier scan.")]
Overrides = dict[str, dict[str, object]]


def words(values: list[str] | None) -> tuple[str, ...]:
    """Flags that may be repeated and hold commas, as one tuple."""
    return tuple(word for value in values or () for word in value.replace(",", " ").split())


def overrides(**sections: dict[str, object]) -> Overrides:
    """Only the flags that were given."""
    return {
        name: {key: value for key, value in section.items() if value is not None}
        for name, section in sections.items()
    }


def reporting(
    out: Path | None, formats: list[str] | None, earlier: list[Path] | None = None
) -> dict[str, object]:
    """The section `[report]` that `--out`, `--format` and `--earlier` make."""
    return {
        "out": str(out) if out else None,
        "formats": words(formats) or None,
        "earlier": tuple(map(str, earlier or ())) or None,
    }


def judging(
    fail_on: str | None,
    policy: str | None,
    baseline: str | None,
    waivers: Path | None,
    *,
    block_known: bool,
) -> dict[str, object]:
    """The section `[gate]` that the flags about the verdict make."""
    return {
        "fail_on": fail_on,
        "policy": policy,
        "block_known": block_known or None,
        "baseline": baseline,
        "waivers": str(waivers) if waivers else None,
    }


def complain(text: str) -> None:
    """Say on stderr what is wrong, in one line."""
    from scanner.cli.text import plain

    if sys.stderr is not None:
        sys.stderr.write(f"servegate: {plain(text)}\n")


def interruptible(run: Callable[[], int], told: str) -> int:
    """The exit code of `run`, or that of an interrupt after having `told` what it means."""
    try:
        return run()
    except KeyboardInterrupt:
        complain(told)
        return EXIT_INTERRUPTED
