"""`servegate rules`: the catalogue, from the rules' own metadata."""

from __future__ import annotations

import difflib
import json
import sys

from rich.table import Table
from rich.text import Text

from scanner.cli.terminal import rich_console
from scanner.cli.wiring import make_engines
from scanner.model.errors import ConfigError, InputError
from scanner.model.rule import Rule

_LEVELS = {5: "bold red", 4: "red", 3: "yellow", 2: "cyan", 1: "dim"}


def run_rules(rule_id: str | None, output: str, engine: str = "") -> int:
    """Print all rules, those of one engine, or explain one. Raises `InputError`."""
    catalogue = all_rules()
    if engine:
        names = dict.fromkeys(rule.engine for rule in catalogue)
        if engine not in names:
            raise InputError(f"--engine: {engine!r} is none of {', '.join(names)}")
        catalogue = tuple(rule for rule in catalogue if rule.engine == engine)
    if rule_id is not None:
        return _explain(_find(rule_id, catalogue))
    match output:
        case "table":
            _table(catalogue)
        case "markdown":
            sys.stdout.write(as_reference(catalogue) if engine else as_markdown(catalogue))
        case "json":
            sys.stdout.write(json.dumps([_record(rule) for rule in catalogue], indent=2) + "\n")
        case _:
            raise ConfigError(f"--format: {output!r} is none of table, markdown, json")
    return 0


def all_rules() -> tuple[Rule, ...]:
    """Every rule that is known before a run, sorted by id."""
    rules = {rule.id: rule for engine in make_engines().values() for rule in engine.rules()}
    return tuple(rules[key] for key in sorted(rules))


def as_markdown(catalogue: tuple[Rule, ...]) -> str:
    """The rule reference (`rules/README.md`)."""
    lines = [
        "# Rules",
        "",
        "Generated from the rules' own metadata: `servegate rules --format markdown`.",
        "",
    ]
    for engine in dict.fromkeys(rule.engine for rule in catalogue):
        lines += [f"## {engine}", "", "| rule | severity | what it finds | CWE | OWASP |"]
        lines += ["| --- | --- | --- | --- | --- |"]
        lines += [
            f"| `{rule.id}` | {rule.severity.label} | {rule.title.replace('|', '/')} "
            f"| {', '.join(rule.cwe)} | {', '.join(rule.owasp)} |"
            for rule in catalogue
            if rule.engine == engine
        ]
        lines.append("")
    return "\n".join(lines)


def as_reference(catalogue: tuple[Rule, ...]) -> str:
    """Every rule of one engine with what its metadata says (`docs/reference/`)."""
    engine = catalogue[0].engine
    lines = [
        f"# {engine}: {len(catalogue)} rules",
        "",
        f"Generated from the rules' own metadata: `servegate rules --engine {engine} "
        "--format markdown`.",
        "",
        *(f"- [`{rule.id}`](#{_anchor(rule.id)}): {rule.title}" for rule in catalogue),
        "",
    ]
    for rule in catalogue:
        ids = ", ".join((*rule.cwe, *rule.owasp, *rule.controls))
        lines += [
            f"## {rule.id}",
            "",
            f"**{rule.title}.** {rule.severity.label}, {rule.confidence.label}"
            + (f"; {ids}" if ids else ""),
            "",
            rule.rationale.strip(),
            "",
            "What to do:",
            "",
            rule.remediation.strip(),
            "",
            *(f"- <{link}>" for link in rule.references),
            *([""] if rule.references else []),
        ]
    return "\n".join(lines)


def _anchor(rule_id: str) -> str:
    """The anchor that GitHub gives a heading."""
    return "".join(c for c in rule_id.lower() if c.isalnum() or c in "-_")


def _find(rule_id: str, catalogue: tuple[Rule, ...]) -> Rule:
    for rule in catalogue:
        names = {rule.id, *rule.aliases}
        if rule_id in names or rule_id in {name.split("/", 1)[-1] for name in names}:
            return rule
    near = difflib.get_close_matches(rule_id, [rule.id for rule in catalogue], 1)
    raise InputError(f"no rule {rule_id!r}" + (f"; did you mean {near[0]}?" if near else ""))


def _explain(rule: Rule) -> int:
    console = rich_console()
    head = Text(rule.id, "bold")
    head.append(f"  {rule.severity.label}", _LEVELS[rule.severity])
    head.append(f"  {rule.confidence.label}  [{rule.engine}]", "dim")
    console.print(head)
    console.print(Text(rule.title + "\n"))
    console.print(Text(rule.rationale + "\n"))
    console.print(Text("What to do", "bold"))
    console.print(Text(rule.remediation + "\n"))
    for name, values in (
        ("CWE", rule.cwe),
        ("OWASP", rule.owasp),
        ("Controls", rule.controls),
        ("References", rule.references),
    ):
        if values:
            console.print(Text(f"{name}: ", "dim").append(", ".join(values), "default"))
    return 0


def _table(catalogue: tuple[Rule, ...]) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("rule", "severity", "what it finds"):
        table.add_column(title, overflow="fold")
    for rule in catalogue:
        level = Text(rule.severity.label, _LEVELS[rule.severity])
        table.add_row(Text(rule.id), level, Text(rule.title))
    console = rich_console()
    console.print(table)
    console.print(Text(f"{len(catalogue)} rules; `servegate rules ID` explains one", "dim"))


def _record(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "engine": rule.engine,
        "stage": rule.stage.value,
        "title": rule.title,
        "severity": rule.severity.label,
        "confidence": rule.confidence.label,
        "rationale": rule.rationale,
        "remediation": rule.remediation,
        "cwe": rule.cwe,
        "owasp": rule.owasp,
        "controls": rule.controls,
        "references": rule.references,
        "since": rule.since,
    }
