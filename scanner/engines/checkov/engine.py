"""Checkov over the planned files, with severities and policies of our own.

Checkov gives no severity without a platform key, and leaves out in silence what it can't read:
broken YAML, templated manifests, modules that are not here. Its command obeys a `.checkov.yaml` of
the scanned folder, which may run that folder's Python; the copy that it is given has none. The only
external checks are those of our `rules/checkov/`.
"""

from __future__ import annotations

import json
from pathlib import Path

from msgspec.structs import replace

from scanner import assets
from scanner.engines import _static
from scanner.engines._process import diagnose_tool, find_tool, run_tool, tool_environ
from scanner.engines._workspace import Workspace
from scanner.engines.checkov import answer, places, plans, policies
from scanner.engines.checkov.instances import PLAN, TERRAFORM, Hit, Weakness, merge
from scanner.engines.checkov.known import as_known
from scanner.engines.checkov.table import ENGINE, STAGE, Table
from scanner.engines.checkov.unseen import declares, framework_of, unfit, unrendered, why_unseen
from scanner.model.errors import ToolCrashed, ToolUnreadable
from scanner.model.finding import Finding, InlineSuppression, RelatedLocation
from scanner.model.location import ResourceLocation
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import StaticTask, Task
from scanner.model.protocols import Diagnosis, ScanContext
from scanner.model.rule import Rule, RuleId
from scanner.redact import redact

_RELATED = 20


# Nothing failed, or some check did.
_EXIT_CODES = (0, 1)


class Runner:
    """Runs Checkov."""

    name = ENGINE
    stage = STAGE

    def __init__(
        self, allowed_regions: tuple[str, ...] = (), approved_modules: tuple[str, ...] = ()
    ) -> None:
        """What our policies about regions and modules allow; where none is named, they are off."""
        self._allowed_regions = allowed_regions
        self._approved_modules = approved_modules

    def rules(self) -> tuple[Rule, ...]:
        """Our policies and the rules of our table; others become known when they run."""
        table = Table.read()
        return (
            *policies.read().values(),
            *(table.rule(check, check) for check in table.rows),
        )

    def diagnose(self, root: Path) -> Diagnosis:
        """Whether the tool is here, and which."""
        return diagnose_tool(self.name, root)

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Run Checkov on a copy of the planned files. Raises `EngineError`."""
        if not isinstance(task, StaticTask):
            raise TypeError("checkov takes files")
        tool = find_tool(self.name, task.root)
        with _static.staged(task) as workspace:
            files = texts(workspace)
            refused = _keep_away(workspace, files)
            try:
                read = self._run(tool, files, refused, workspace, task, context)
            except (ToolCrashed, ToolUnreadable) as error:
                # Its shape was right, and still there is no knowing what a plan may hold.
                planned = [path for path in files if _framework(workspace, files, path) == PLAN]
                if not planned:
                    raise
                reason = f"left out after {error}, for a plan is what may break it"
                refused += [Gap(subject=path, reason=reason) for path in planned]
                for path in planned:
                    (workspace.root / workspace.staged[path]).unlink()
                    del files[path]
                read = self._run(tool, files, refused, workspace, task, context)
            return _static.outcome(task, workspace, read)

    def _run(
        self,
        tool: Path,
        files: dict[str, str],
        refused: list[Gap],
        workspace: Workspace,
        task: StaticTask,
        context: ScanContext,
    ) -> _static.Answer:
        frameworks = sorted({_framework(workspace, files, path) for path in files})
        if not frameworks:
            return _static.Answer(
                tool_version="unknown", findings=(), gaps=tuple(refused), rules=()
            )
        loaded = workspace.scratch.parent / "loaded"
        with as_known(workspace, files):
            context.progress(f"{len(workspace.originals)} files")
            ended = run_tool(
                [
                    *(tool, "-d", workspace.root),
                    *("--framework", *frameworks),
                    *("--external-checks-dir", assets.rules_dir() / "checkov"),
                    *("--skip-download", "--compact", "-o", "json"),
                ],
                cwd=workspace.scratch,
                deadline=task.deadline,
                cancelled=context.cancelled,
                environ=tool_environ(
                    {
                        "LOG_LEVEL": "ERROR",
                        "ANSI_COLORS_DISABLED": "1",
                        # Its default ignore lists; what is planned is what is looked at.
                        "CKV_IGNORED_DIRECTORIES": "",
                        "CKV_IGNORE_HIDDEN_DIRECTORIES": "False",
                        "PYTHONDONTWRITEBYTECODE": "1",
                        "SERVEGATE_IAC": json.dumps(
                            {
                                "root": str(workspace.root),
                                "loaded": str(loaded),
                                "allowed_regions": self._allowed_regions,
                                "approved_modules": self._approved_modules,
                            }
                        ),
                    }
                ),
            )
        told = loaded.read_text("utf-8").split() if loaded.exists() else []
        if TERRAFORM & set(frameworks):
            refused = [*refused, *policies.not_loaded(told, ended.stderr)]
        answer = parse(ended.stdout, ended.returncode, ended.stderr, workspace, Table.read(), files)
        # One process carries out a framework; where it was killed, Checkov goes on without it.
        lost = (TERRAFORM & set(frameworks)) - policies.evaluated(told)
        dumb = [
            Gap(subject=path, reason="checkov gave no answer for files of its kind")
            for path, text in files.items()
            if _framework(workspace, files, path) in lost and declares(workspace.staged[path], text)
        ]
        return replace(answer, gaps=(*refused, *dumb, *answer.gaps))


def texts(workspace: Workspace) -> dict[str, str]:
    """The text of every staged file by its scanned path."""
    return {path: "\n".join(workspace.lines(path)) for path in workspace.originals.values()}


def _framework(workspace: Workspace, files: dict[str, str], path: str) -> str:
    return framework_of(workspace.staged[path], files[path])


def _keep_away(workspace: Workspace, files: dict[str, str]) -> list[Gap]:
    """Take out of the copy, and of `files`, what would end Checkov; what is left out is a gap."""
    gaps = []
    for path, text in list(files.items()):
        reason = unfit(workspace.staged[path], text)
        if reason is not None:
            (workspace.root / workspace.staged[path]).unlink()
            del files[path]
            gaps.append(Gap(subject=path, reason=reason))
    return gaps


def parse(
    stdout: bytes,
    code: int,
    stderr: str,
    workspace: Workspace,
    table: Table,
    files: dict[str, str] | None = None,
) -> _static.Answer:
    """Checkov's JSON as findings and gaps. `files` are those that it was given, with their texts.

    Raises `ToolUnreadable` or `ToolCrashed`.
    """
    version, reports = answer.read(stdout, code, stderr)
    files = texts(workspace) if files is None else files
    ours = policies.read()
    rules: dict[RuleId, Rule] = {}
    seen: set[str] = set()
    hits: list[tuple[Hit, Rule]] = []
    gaps: list[Gap] = []
    observed: list[Hit] = []
    for report in reports:
        for row in report.results.rows():
            path = workspace.original(row.file_abs_path)
            if path is None:
                continue
            seen.add(path)
            hit = _hit(row, report.check_type, path, workspace)
            if policies.is_observation(row.check_id):
                observed += [hit] if row.check_result.result == "FAILED" else []
                continue
            rule = ours.get(row.check_id) or table.rule(
                row.check_id, row.check_name, report.check_type
            )
            rules[rule.id] = rule
            if row.check_result.result != "PASSED":
                hits.append((hit, rule))
        gaps += [
            Gap(subject=path, reason="checkov could not parse it")
            for reported in report.results.parsing_errors
            if (path := workspace.original(reported))
        ]
    gaps += policies.gaps(
        observed,
        {
            path: plans.calls(files[path])
            for path in files
            if _framework(workspace, files, path) == PLAN and path in seen
        },
    )
    gaps += policies.crashes(stderr)
    if code not in _EXIT_CODES:
        gaps.append(Gap(subject="checkov", reason=f"it ended with exit code {code}"))
    gaps += _unsaid(workspace, files, seen, {gap.subject for gap in gaps})
    by_check = {hit.check_id: rule for hit, rule in hits}
    return _static.Answer(
        tool_version=version,
        findings=tuple(
            _finding(weakness, by_check[weakness.hit.check_id], workspace)
            for weakness in merge(hit for hit, _ in hits)
        ),
        gaps=tuple(gaps),
        rules=tuple(rules[key] for key in sorted(rules)),
    )


def _unsaid(
    workspace: Workspace, files: dict[str, str], seen: set[str], faulty: set[str]
) -> list[Gap]:
    """The files that Checkov was given and says nothing of, or not the whole."""
    gaps = []
    for path, text in files.items():
        staged = workspace.staged[path]
        reason = unrendered(staged, text)
        if reason is None and path not in seen and path not in faulty:
            reason = why_unseen(staged, text)
        if reason is not None:
            gaps.append(Gap(subject=path, reason=reason))
    return gaps


def _hit(row: answer.Row, framework: str, path: str, workspace: Workspace) -> Hit:
    lines = workspace.lines(path)
    address = places.address(row.resource, framework, workspace.staged[path], lines)
    skipped = None
    if row.check_result.result == "SKIPPED":
        reason = redact((row.check_result.suppress_comment or "").strip())
        skipped = "" if reason == "No comment provided" else reason
    return Hit(
        check_id=row.check_id,
        framework=framework,
        title=row.check_name,
        path=path,
        lines=places.lines_of(row.file_line_range, framework, address, lines),
        address=address,
        skipped=skipped,
        said="; ".join(word for word in row.details or () if isinstance(word, str)),
    )


def _finding(weakness: Weakness, rule: Rule, workspace: Workspace) -> Finding:
    hit = weakness.hit
    lines = workspace.lines(hit.path)
    start, end = hit.lines
    suppression = None
    if hit.skipped is not None:
        suppression = InlineSuppression(
            comment=f"checkov:skip={hit.check_id}", reason=hit.skipped, blanket=False
        )
    said = hit.said or hit.title
    # The lines of a plan are no source, and hold every value of the plan.
    evidence = () if hit.planned else (_static.snippet(hit.path, lines, start, end, rule),)
    return Finding(
        engine=ENGINE,
        stage=STAGE,
        rule_id=rule.id,
        severity=rule.severity,
        confidence=rule.confidence,
        message=_static.message(f"{weakness.subject()}: {said}", rule),
        location=ResourceLocation(
            address=weakness.address, path=hit.path, start_line=start, end_line=end
        ),
        related=_related(weakness),
        evidence=evidence,
        suppression=suppression,
    )


def _related(weakness: Weakness) -> tuple[RelatedLocation, ...]:
    """The instances of the block, and the plans that show it."""
    instances = weakness.addresses if weakness.addresses != (weakness.address,) else ()
    start, end = weakness.hit.lines
    places_of_it = [
        RelatedLocation(
            location=ResourceLocation(
                address=address, path=weakness.hit.path, start_line=start, end_line=end
            ),
            note=f"instance {address}",
        )
        for address in instances[:_RELATED]
    ]
    return (
        *places_of_it,
        *(
            RelatedLocation(
                location=ResourceLocation(
                    address=hit.address,
                    path=hit.path,
                    start_line=hit.lines[0],
                    end_line=hit.lines[1],
                ),
                note="the same in a plan",
            )
            for hit in weakness.also[:_RELATED]
        ),
    )
