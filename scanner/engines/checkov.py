"""Checkov over the planned Terraform and Kubernetes files, with severities of our own.

Checkov gives no severity without a platform key, and leaves out in silence what it can't read:
broken YAML, templated manifests. Its command obeys a `.checkov.yaml` of the scanned folder, which
may run that folder's Python; the copy that it is given has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from scanner.engines import _static
from scanner.engines._process import diagnose_tool, find_tool, run_tool, tool_environ
from scanner.engines._tables import read_table, rule_from
from scanner.engines._workspace import Workspace
from scanner.model.errors import ToolCrashed, ToolUnreadable
from scanner.model.finding import Finding, InlineSuppression
from scanner.model.location import ResourceLocation
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import StaticTask, Task
from scanner.model.protocols import Diagnosis, ScanContext
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage
from scanner.redact import redact

_TABLE = "checkov.toml"
_DEFAULTS = "defaults"
_RATIONALE = "A policy of Checkov's: what it names is missing from the declared resource."
_FRAMEWORKS = {"terraform": (".tf", ".tf.json", ".tfvars"), "kubernetes": (".yaml", ".yml")}
_TEMPLATED = re.compile(r"\{\{.*?\}\}")


class _CheckResult(BaseModel):
    result: str
    suppress_comment: str | None = None


class _Row(BaseModel):
    check_id: str
    check_name: str
    check_result: _CheckResult
    file_abs_path: str
    file_line_range: tuple[int, int]
    resource: str


class _Results(BaseModel):
    passed_checks: tuple[_Row, ...] = ()
    failed_checks: tuple[_Row, ...] = ()
    skipped_checks: tuple[_Row, ...] = ()
    parsing_errors: tuple[str, ...] = ()


class _Summary(BaseModel):
    checkov_version: str


class _Report(BaseModel):
    check_type: str
    results: _Results
    summary: _Summary


class _Nothing(BaseModel):
    """What Checkov prints when it saw no resource at all: a bare summary."""

    model_config = ConfigDict(extra="ignore")

    checkov_version: str
    resource_count: int
    failed: int = Field(ge=0, le=0)


_Document: TypeAdapter[list[_Report] | _Report | _Nothing] = TypeAdapter(
    list[_Report] | _Report | _Nothing
)


class Checkov:
    """The engine `checkov`."""

    name = "checkov"
    stage = Stage.IAC

    def rules(self) -> tuple[Rule, ...]:
        """The rules of our table; others become known when they run."""
        table = _Table.read()
        return tuple(table.rule(check, check) for check in table.rows)

    def diagnose(self, root: Path) -> Diagnosis:
        """Whether the tool is here, and which."""
        return diagnose_tool(self.name, root)

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Run Checkov on a copy of the planned files. Raises `EngineError`."""
        if not isinstance(task, StaticTask):
            raise TypeError("checkov takes files")
        tool = find_tool(self.name, task.root)
        with _static.staged(task) as workspace:
            context.progress(f"{len(workspace.originals)} files")
            frameworks = _frameworks(workspace.originals)
            if not frameworks:
                return _static.outcome(task, workspace, _nothing_read())
            ended = run_tool(
                [
                    *(tool, "-d", workspace.root),
                    *("--framework", *frameworks),
                    *("--skip-download", "--compact", "-o", "json"),
                ],
                cwd=workspace.scratch,
                deadline=task.deadline,
                cancelled=context.cancelled,
                environ=tool_environ({"LOG_LEVEL": "ERROR", "ANSI_COLORS_DISABLED": "1"}),
            )
            answer = parse(ended.stdout, ended.returncode, ended.stderr, workspace, _Table.read())
            return _static.outcome(task, workspace, answer)


class _Table(BaseModel):
    """`rules/checkov.toml`: rows by check id, and what an unlisted check is worth."""

    model_config = ConfigDict(frozen=True)

    rows: dict[str, dict[str, object]]
    defaults: dict[str, str]

    @classmethod
    def read(cls) -> _Table:
        raw = read_table(_TABLE)
        return cls(defaults=raw.pop(_DEFAULTS, {}), rows=raw)

    def rule(self, check: str, title: str, framework: str = "") -> Rule:
        """The rule of a check. One that the table does not list gets its framework's default."""
        rule_id = RuleId(f"iac/{check}")
        row = self.rows.get(check)
        if row is not None:
            row = {"title": title, "rationale": _RATIONALE, **row}
            return rule_from(row, rule_id, Checkov.name, Checkov.stage, f"rules/{_TABLE}")
        level = self.defaults.get(framework, self.defaults.get("severity", "medium"))
        return Rule(
            id=rule_id,
            engine=Checkov.name,
            stage=Checkov.stage,
            title=redact(title) or check,
            severity=Severity.parse(level),
            confidence=Confidence.FIRM,
            rationale=_RATIONALE,
            remediation=f"Change the resource so that this holds: {redact(title) or check}.",
        )


def parse(
    stdout: bytes, code: int, stderr: str, workspace: Workspace, table: _Table
) -> _static.Answer:
    """Checkov's JSON, in any of its three shapes. Raises `ToolUnreadable` or `ToolCrashed`."""
    try:
        document = _Document.validate_json(_json_part(stdout))
    except ValidationError as error:
        if code not in (0, 1):
            raise ToolCrashed(f"checkov ended with exit code {code}", stderr) from error
        raise ToolUnreadable(f"checkov's answer is not its JSON ({len(stdout)} bytes)") from error
    match document:
        case _Nothing(checkov_version=version):
            reports: list[_Report] = []
        case _Report():
            reports, version = [document], document.summary.checkov_version
        case _:
            reports = document
            version = document[0].summary.checkov_version if document else "unknown"
    findings: list[Finding] = []
    rules: dict[RuleId, Rule] = {}
    seen: set[str] = set()
    gaps: list[Gap] = []
    for report in reports:
        results = report.results
        for row in (*results.passed_checks, *results.failed_checks, *results.skipped_checks):
            rule = table.rule(row.check_id, row.check_name, report.check_type)
            rules[rule.id] = rule
            path = workspace.original(row.file_abs_path)
            if path is None:
                continue
            seen.add(path)
            if row.check_result.result != "PASSED":
                findings.append(_finding(row, rule, path, workspace))
        gaps += [
            Gap(subject=path, reason="checkov could not parse it")
            for reported in results.parsing_errors
            if (path := workspace.original(reported))
        ]
    faulty = {gap.subject for gap in gaps}
    unseen = [p for p in workspace.originals.values() if p not in seen and p not in faulty]
    gaps += [
        Gap(subject=path, reason=reason)
        for path in unseen
        if (reason := _why_unseen(path, workspace))
    ]
    return _static.Answer(
        tool_version=version,
        findings=tuple(findings),
        gaps=tuple(gaps),
        rules=tuple(rules[key] for key in sorted(rules)),
    )


def _finding(row: _Row, rule: Rule, path: str, workspace: Workspace) -> Finding:
    lines = workspace.lines(path)
    # Checkov counts from 0 in places; a region of ours lies inside the file.
    start = min(max(1, row.file_line_range[0]), max(1, len(lines)))
    end = min(max(start, row.file_line_range[1]), max(1, len(lines)))
    suppression = None
    if row.check_result.result == "SKIPPED":
        reason = redact((row.check_result.suppress_comment or "").strip())
        given = "" if reason == "No comment provided" else reason
        suppression = InlineSuppression(
            comment=f"checkov:skip={row.check_id}", reason=given, blanket=False
        )
    return Finding(
        engine=Checkov.name,
        stage=Checkov.stage,
        rule_id=rule.id,
        severity=rule.severity,
        confidence=rule.confidence,
        message=_static.message(f"{row.resource}: {row.check_name}", rule),
        location=ResourceLocation(address=row.resource, path=path, start_line=start, end_line=end),
        evidence=(_static.snippet(path, lines, start, end, rule),),
        suppression=suppression,
    )


def _why_unseen(path: str, workspace: Workspace) -> str | None:
    """Why Checkov said nothing of a file; None where it had nothing to say.

    A Terraform file of variables only holds no resource. A manifest may be of a kind that no
    policy is about, but one that is a template or no YAML was dropped.
    """
    if not path.lower().endswith(_FRAMEWORKS["kubernetes"]):
        return None
    text = "\n".join(workspace.lines(path))
    if _TEMPLATED.search(text):
        return "a template: checkov drops manifests with {{ }}; render it and scan the result"
    try:
        for _ in yaml.load_all(text, Loader=yaml.CSafeLoader):
            pass
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        place = getattr(getattr(error, "problem_mark", None), "line", None)
        return "not valid YAML" + (f" (line {place + 1})" if isinstance(place, int) else "")
    return None


def _frameworks(paths: Iterable[str]) -> list[str]:
    names = [PurePosixPath(path).name.lower() for path in paths]
    return [
        framework
        for framework, endings in _FRAMEWORKS.items()
        if any(name.endswith(endings) for name in names)
    ]


def _json_part(stdout: bytes) -> bytes:
    """The JSON in what Checkov printed; a banner or a warning may stand before it."""
    text = stdout.lstrip()
    if text[:1] in (b"{", b"["):
        return text
    for mark in (b"\n{", b"\n["):
        at = text.find(mark)
        if at >= 0 and _is_json(text[at:]):
            return text[at:]
    return text


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _nothing_read() -> _static.Answer:
    return _static.Answer(tool_version="unknown", findings=(), gaps=(), rules=())
