"""Bandit over the planned Python files.

Its exit code says nothing: files that it could not parse are only in `errors`. Suppressions are
not left to it (`--ignore-nosec`), so that they stay visible.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scanner.engines import _static
from scanner.engines._answers import BanditRow, read_bandit
from scanner.engines._identity import version_of
from scanner.engines._process import cores, find_tool, run_tool
from scanner.engines._workspace import Workspace
from scanner.engines.bandit import Bandit, rules
from scanner.model.errors import ToolCrashed, ToolUnreadable
from scanner.model.finding import Finding
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import StaticTask
from scanner.model.protocols import ScanContext
from scanner.model.rule import Rule, RuleId

_NOSEC = re.compile(r"#\s*nosec:?(?P<rest>.*)$")
# Half a second of its work; what a file costs whatever its size; what an argument list holds.
_BATCH_BYTES = 400_000
_FILE_BYTES = 2_000
_MOST_WORDS = 1_000_000
_TEST_ID = re.compile(r"\bB\d{3}\b")


def run(task: StaticTask, context: ScanContext) -> Completed | Partial:
    """Run Bandit on a copy of the planned files. Raises `EngineError`."""
    tool = find_tool(Bandit.name, task.root)
    with _static.staged(task) as workspace:
        context.progress(f"{len(workspace.originals)} files")
        batches = _batches(workspace, cores() // 2)
        with ThreadPoolExecutor(len(batches)) as pool:
            printed = list(
                pool.map(lambda targets: _run(tool, targets, workspace, task, context), batches)
            )
        version = version_of(tool, Bandit.name, context.cancelled)
        answer = parse(printed, workspace, rules(task.enabled), version)
        return _static.outcome(task, workspace, answer)


def _run(
    tool: Path,
    targets: Sequence[Path],
    workspace: Workspace,
    task: StaticTask,
    context: ScanContext,
) -> bytes:
    """What Bandit prints of these files or folders. Raises `EngineError`."""
    ended = run_tool(
        [
            *(tool, "-r", "-f", "json", "-q"),
            # Neither a `.bandit` in the tree nor the default folders count.
            *("--ini", "/dev/null", "-x", "", "--ignore-nosec"),
            *targets,
        ],
        cwd=workspace.scratch,
        deadline=task.deadline,
        cancelled=context.cancelled,
    )
    if ended.returncode not in (0, 1):
        raise ToolCrashed(f"bandit ended with exit code {ended.returncode}", ended.stderr)
    return ended.stdout


def _batches(workspace: Workspace, processes: int) -> list[list[Path]]:
    """What each of at most so many processes looks at, evenly by size: Bandit uses one core.

    A process is started only for work that takes longer than its start.
    """
    sizes = {
        path: path.stat().st_size for path in map(workspace.root.joinpath, workspace.originals)
    }
    count = min(processes, sum(sizes.values()) // _BATCH_BYTES)
    if count < 2 or sum(len(str(path)) for path in sizes) > _MOST_WORDS * count:
        return [[workspace.root]]
    batches: list[list[Path]] = [[] for _ in range(count)]
    loads = [0] * count
    for path in sorted(sizes, key=lambda path: (-sizes[path], path)):
        at = loads.index(min(loads))
        batches[at].append(path)
        loads[at] += sizes[path] + _FILE_BYTES
    return batches


def parse(
    printed: Sequence[bytes], workspace: Workspace, rules: tuple[Rule, ...], version: str
) -> _static.Answer:
    """Bandit's JSON, of one or more runs, as findings and gaps. Raises `ToolUnreadable`."""
    try:
        documents = [read_bandit(stdout) for stdout in printed]
    except ValueError as error:
        size = sum(map(len, printed))
        raise ToolUnreadable(f"bandit's answer is not its JSON ({size} bytes)") from error
    by_id = {rule.id: rule for rule in rules}
    findings = [
        finding
        for document in documents
        for row in _static.consumed(document.results)
        if (rule := by_id.get(RuleId(f"sast/{row.test_id}")))
        and (finding := _finding(row, rule, workspace))
    ]
    gaps = [
        Gap(subject=path, reason=f"bandit: {fault.reason}")
        for document in documents
        for fault in document.errors
        if (path := workspace.original(fault.filename))
    ]
    seen = {workspace.original(name) for document in documents for name in document.metrics}
    faulty = {gap.subject for gap in gaps}
    gaps += [
        Gap(subject=path, reason="bandit did not look at it")
        for path in workspace.originals.values()
        if path not in seen and path not in faulty
    ]
    return _static.Answer(
        tool_version=version, findings=tuple(findings), gaps=tuple(gaps), rules=rules
    )


def _finding(row: BanditRow, rule: Rule, workspace: Workspace) -> Finding | None:
    path = workspace.original(row.filename)
    if path is None:
        return None
    lines = workspace.lines(path)
    covered = row.line_range or (row.line_number,)
    start, end = max(1, row.line_number), max(row.line_number, *covered)
    flagged = [lines[number - 1] for number in covered if 0 < number <= len(lines)]
    return Finding(
        engine=Bandit.name,
        stage=Bandit.stage,
        rule_id=rule.id,
        severity=rule.severity,
        confidence=rule.confidence,
        message=_static.message(row.issue_text, rule),
        location=_static.located(workspace, path, start, end, start_column=row.col_offset + 1),
        anchor=_static.anchor(workspace, path, start, end, rule, row.col_offset + 1),
        evidence=(_static.snippet(path, lines, start, end, rule, workspace.places(path)),),
        suppression=_static.inline_suppression(flagged, _NOSEC, frozenset({row.test_id}), _TEST_ID),
    )
