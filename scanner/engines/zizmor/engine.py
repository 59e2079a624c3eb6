"""zizmor over the repository's GitHub Actions workflows.

A workflow holds the credentials that build and deploy the endpoint. Exit codes say nothing of
coverage: a file that zizmor could not read only shows in its log, where the others are named as
completed. Neither its configuration nor its ignore comments are obeyed; the latter stay visible.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from scanner.engines import _static
from scanner.engines._answers import ZizmorRow, read_zizmor
from scanner.engines._identity import version_of
from scanner.engines._process import find_tool, run_tool
from scanner.engines._tables import read_table
from scanner.engines._workspace import Workspace
from scanner.engines.zizmor import PREFIX, TABLE, Zizmor, rules
from scanner.model.errors import ToolCrashed, ToolUnreadable
from scanner.model.finding import Finding
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import StaticTask
from scanner.model.protocols import ScanContext
from scanner.model.rule import Rule, RuleId

_IGNORE = re.compile(r"#\s*zizmor:\s*ignore\[(?P<rest>.*)$")
_AUDIT = re.compile(r"\b[a-z]+(?:-[a-z]+)*(?=[^\[\]]*\])")
_COMPLETED = re.compile(r"completed (?P<path>.+?)\s*$", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Findings, by severity: https://docs.zizmor.sh/usage/#exit-codes
_ENDED_WELL = frozenset({0, 11, 12, 13, 14})
# No input could be read at all.
_NOTHING_READ = 3


def run(task: StaticTask, context: ScanContext) -> Completed | Partial:
    """Run zizmor on a copy of the planned files. Raises `EngineError`."""
    tool = find_tool(Zizmor.name, task.root)
    with _static.staged(task) as workspace:
        context.progress(f"{len(workspace.originals)} workflows")
        if not workspace.originals:
            # Without any input it would end as if it had been called wrongly.
            version = version_of(tool, Zizmor.name, context.cancelled)
            return _static.outcome(
                task, workspace, parse(b"[]", "", workspace, rules(task.enabled), version)
            )
        ended = run_tool(
            [
                *(tool, "--offline", "--no-config", "--no-ignores", "--no-progress"),
                *("--format", "json-v1", "--color", "never"),
                *(workspace.root / staged for staged in sorted(workspace.originals)),
            ],
            cwd=workspace.scratch,
            deadline=task.deadline,
            cancelled=context.cancelled,
        )
        if ended.returncode not in _ENDED_WELL | {_NOTHING_READ}:
            raise ToolCrashed(f"zizmor ended with exit code {ended.returncode}", ended.stderr)
        nothing = ended.returncode == _NOTHING_READ
        answer = parse(
            b"[]" if nothing else ended.stdout,
            ended.stderr,
            workspace,
            rules(task.enabled),
            version_of(tool, Zizmor.name, context.cancelled),
        )
        return _static.outcome(task, workspace, answer)


def parse(
    stdout: bytes, stderr: str, workspace: Workspace, rules: tuple[Rule, ...], version: str
) -> _static.Answer:
    """zizmor's JSON as findings, and gaps from its log. Raises `ToolUnreadable`."""
    try:
        rows = read_zizmor(stdout)
    except ValueError as error:
        raise ToolUnreadable(f"zizmor's answer is not its JSON ({len(stdout)} bytes)") from error
    by_id = {rule.id: rule for rule in rules}
    notes = _unknown(rows)
    findings = [
        finding
        for row in rows
        if (rule := by_id.get(RuleId(PREFIX + row.ident)))
        and (finding := _finding(row, rule, workspace))
    ]
    log = _COLOUR.sub("", stderr)
    seen = {workspace.original(match["path"]) for match in _COMPLETED.finditer(log)}
    gaps = [
        Gap(subject=path, reason="zizmor could not read it as a workflow")
        for path in workspace.originals.values()
        if path not in seen
    ]
    return _static.Answer(
        tool_version=version,
        findings=tuple(findings),
        gaps=tuple(gaps),
        rules=rules,
        notes=notes,
    )


def _unknown(rows: Sequence[ZizmorRow]) -> tuple[str, ...]:
    """What a newer zizmor looks for and our table does not weigh: said, not dropped."""
    weighed = read_table(TABLE)
    places: dict[str, int] = {}
    for row in rows:
        if row.ident not in weighed:
            places[row.ident] = places.get(row.ident, 0) + 1
    return tuple(
        f"zizmor found {ident} in {count} place{'s' * (count != 1)}: rules/{TABLE} does not weigh "
        "it, so it is no finding"
        for ident, count in sorted(places.items())
    )


def _finding(row: ZizmorRow, rule: Rule, workspace: Workspace) -> Finding | None:
    place = row.primary()
    path = workspace.original(place.symbolic.key.Local.verbatim_path) if place else None
    if place is None or path is None:
        return None
    lines = workspace.lines(path)
    span = place.concrete.location
    start, end = span.start_point.row + 1, max(span.start_point.row, span.end_point.row) + 1
    return Finding(
        engine=Zizmor.name,
        stage=Zizmor.stage,
        rule_id=rule.id,
        severity=rule.severity,
        confidence=rule.confidence,
        message=_static.message(f"{row.desc}: {place.symbolic.annotation}", rule),
        location=_static.located(workspace, path, start, end),
        anchor=_static.anchor(workspace, path, start, end, rule),
        evidence=(_static.snippet(path, lines, start, end, rule),),
        suppression=_static.inline_suppression(
            lines[start - 1 : end], _IGNORE, frozenset({row.ident}), _AUDIT
        ),
    )
