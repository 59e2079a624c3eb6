"""Semgrep with our own rules, natively and offline.

Exit codes are not trusted: what could not be parsed is only in `errors`, what was not looked at
only shows against the plan. `nosemgrep` comments are read by us, so that they stay visible.
"""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from scanner.engines import _static
from scanner.engines._answers import SemgrepDocument, SemgrepFault, SemgrepRow, read_semgrep
from scanner.engines._excuses import Excuses
from scanner.engines._gates import LARGE, resolved
from scanner.engines._mends import NO_MENDS, Mends
from scanner.engines._process import cores, find_tool, run_tool, tool_environ
from scanner.engines._rulefiles import Rows, rule_rows
from scanner.engines._tables import rule_from
from scanner.engines._workspace import Workspace
from scanner.engines.semgrep import Semgrep
from scanner.model.errors import AssetError, ToolCrashed, ToolTimeout, ToolUnreadable
from scanner.model.files import FileKind, kinds_of_name
from scanner.model.finding import Finding
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import StaticTask
from scanner.model.protocols import ScanContext
from scanner.model.rule import Rule, RuleId

# A larger young heap for each of the engine's threads: with its own default they stop each other
# for garbage collection so often that two cost twice the CPU of one, and take no less time.
TUNING = {"OCAMLRUNPARAM": "s=4M"}

# Files of which each is searched for what the rules need.
_FEW = 20
_NOSEMGREP = re.compile(r"(?:#|//)\s*nosem(?:grep)?\b:?(?P<rest>.*)$")
# What a rule's languages and `paths.include` mean among the files that the plan gives. A name that
# does not tell its kind gets one of these suffixes in the working copy.
_KINDS = {
    "python": (FileKind.PYTHON, FileKind.NOTEBOOK),
    "javascript": (FileKind.JAVASCRIPT,),
    "typescript": (FileKind.JAVASCRIPT,),
    "*.sh": (FileKind.SHELL,),
    "*.bash": (FileKind.SHELL,),
    "*.dockerfile": (FileKind.DOCKERFILE,),
    "Dockerfile": (FileKind.DOCKERFILE,),
    "*compose*.yml": (FileKind.COMPOSE,),
    "*compose*.yaml": (FileKind.COMPOSE,),
}
_RULE_NAME = re.compile(r"\b[a-z0-9]+(?:-[a-z0-9]+)+\b")


def run(task: StaticTask, context: ScanContext) -> Completed | Partial:
    """Run Semgrep on a copy of the planned files. Raises `EngineError`."""
    tool = find_tool(Semgrep.name, task.root)
    rows = rule_rows()
    rules = _rules(rows)
    with _static.staged(task) as workspace:
        context.progress(f"{len(workspace.originals)} files, {len(rules)} rules")
        documents, late = _documents(tool, rows, workspace, task, context)
        answer = answered(
            documents,
            workspace,
            rules,
            mends=Mends.of(rows),
            excuses=Excuses.of(rows),
            late=late,
        )
        return _static.outcome(task, workspace, answer)


def all_rules() -> tuple[Rule, ...]:
    """Our rules, from their own metadata. Raises `AssetError`."""
    return _rules(rule_rows())


def _documents(
    tool: Path, rows: Rows, workspace: Workspace, task: StaticTask, context: ScanContext
) -> tuple[list[SemgrepDocument], list[Gap]]:
    """Semgrep's answers, and the large files for which the engine's time did not suffice.

    Large files are looked at each for itself, beside the others. All runs share the engine's one
    deadline. Raises `ToolTimeout` where it ends before any answer is there.
    """
    ends = time.monotonic() + task.deadline
    sizes = {staged: (workspace.root / staged).stat().st_size for staged in workspace.originals}
    large = sorted((one for one in sizes if sizes[one] >= LARGE), key=lambda one: -sizes[one])
    # An ignore file of ours replaces the default list (tests/, vendor/, ...). It holds for what is
    # found below a folder, not for a file that is named.
    ignored = "".join(f"/{staged}\n" for staged in large)
    (workspace.root / ".semgrepignore").write_text(ignored, "utf-8")

    def together() -> SemgrepDocument:
        bundle = _bundled(_worth_a_try(rows, workspace, sizes.keys() - set(large)))
        return _run(tool, bundle, workspace.root, workspace, task.deadline, context)

    def alone(staged: str) -> SemgrepDocument | Gap:
        kept = resolved(_reading(rows, staged), _text(workspace, staged))
        left = ends - time.monotonic()
        if left > 0:
            with contextlib.suppress(ToolTimeout):
                path = workspace.root / staged
                return _run(tool, _bundled(kept), path, workspace, left, context)
        reason = f"semgrep: not within the {task.deadline:g} s of the engine"
        return Gap(subject=workspace.originals[staged], reason=reason)

    with ThreadPoolExecutor(cores()) as pool:
        others = [pool.submit(together)] if len(large) < len(sizes) else []
        told = list(pool.map(alone, large))
        documents = [one.result() for one in others]
    documents += [one for one in told if not isinstance(one, Gap)]
    if not documents:
        raise ToolTimeout(f"semgrep did not end within {task.deadline:g} s and was stopped")
    return documents, [one for one in told if isinstance(one, Gap)]


def _worth_a_try(rows: Rows, workspace: Workspace, small: Collection[str]) -> list[dict[str, Any]]:
    """The rules that can match in one of these files; of many files, all rules.

    Reading a rule takes Semgrep a millisecond, searching a file for the words of all rules as much.
    """
    every = [row for _, row in rows]
    if len(small) > _FEW:
        return every
    able: set[str] = set()
    for staged in small:
        read = _reading(rows, staged)
        able.update(row["id"] for row in resolved(read, _text(workspace, staged)))
    # Semgrep refuses to run without any.
    return [row for row in every if row["id"] in able] or every[:1]


def _reading(rows: Rows, staged: str) -> list[dict[str, Any]]:
    """The rules for files of this kind."""
    kinds = set(kinds_of_name(staged)) or set(FileKind)
    return [row for name, row in rows if kinds.intersection(_reads(row, name))]


def _text(workspace: Workspace, staged: str) -> str:
    return (workspace.root / staged).read_bytes().decode("utf-8", "replace")


def _run(
    tool: Path,
    bundle: str,
    target: Path,
    workspace: Workspace,
    deadline: float,
    context: ScanContext,
) -> SemgrepDocument:
    # Runs go on side by side: none writes where another one does.
    own = Path(tempfile.mkdtemp(dir=workspace.scratch))
    rules = own / "rules.json"
    rules.write_text(bundle, "utf-8")
    ended = run_tool(
        [
            *(tool, "scan", "--experimental", "--json", "--quiet"),
            *("--metrics=off", "--disable-version-check", "--no-git-ignore"),
            *("--disable-nosem", "--max-target-bytes", "0"),
            # Where a machine is busy, five seconds for a rule on a file are too few.
            *("--timeout", "30", "--timeout-threshold", "0"),
            *("--config", rules, target),
        ],
        cwd=own,
        deadline=deadline,
        cancelled=context.cancelled,
        environ=tool_environ(
            {
                **TUNING,
                "SEMGREP_SETTINGS_FILE": str(own / "settings.yml"),
                "SEMGREP_LOG_FILE": str(own / "semgrep.log"),
            }
        ),
    )
    return parse(ended.stdout, ended.returncode, ended.stderr)


def bundled_rules() -> str:
    """All our rules as one JSON document, which Semgrep reads faster. Raises `AssetError`."""
    return _bundled([row for _, row in rule_rows()])


def _bundled(rows: Iterable[Mapping[str, Any]]) -> str:
    bare = [{key: value for key, value in row.items() if key != "metadata"} for row in rows]
    return json.dumps({"rules": bare})


def _rules(rows: Rows) -> tuple[Rule, ...]:
    return tuple(
        rule_from(
            row.get("metadata"),
            RuleId(f"sast/{row['id']}"),
            Semgrep.name,
            Semgrep.stage,
            file_name,
            _reads(row, file_name),
        )
        for file_name, row in rows
    )


def _reads(row: dict[str, Any], file_name: str) -> tuple[FileKind, ...]:
    """The kinds of file in which a rule looks. Raises `AssetError` where that is not known."""
    words = (row.get("paths") or {}).get("include") or row.get("languages") or ()
    unknown = [word for word in words if word not in _KINDS]
    if unknown or not words:
        what = repr(unknown[0]) if unknown else "a rule without languages"
        raise AssetError(f"rules/semgrep/{file_name}: which files are {what}? _KINDS must say it")
    return tuple(dict.fromkeys(kind for word in words for kind in _KINDS[word]))


def parse(stdout: bytes, code: int, stderr: str) -> SemgrepDocument:
    """Semgrep's JSON. Raises `ToolUnreadable` or `ToolCrashed`."""
    try:
        document = read_semgrep(stdout)
    except ValueError as error:
        if code not in (0, 1):
            raise ToolCrashed(f"semgrep ended with exit code {code}", stderr) from error
        raise ToolUnreadable(f"semgrep's answer is not its JSON ({len(stdout)} bytes)") from error
    if code not in (0, 1, 2):
        why = document.errors[0].message.splitlines()[0] if document.errors else "no reason given"
        raise ToolCrashed(f"semgrep ended with exit code {code}: {why}", stderr)
    return document


def answered(
    documents: Sequence[SemgrepDocument],
    workspace: Workspace,
    rules: tuple[Rule, ...],
    *,
    mends: Mends = NO_MENDS,
    excuses: Excuses | None = None,
    late: Sequence[Gap] = (),
) -> _static.Answer:
    """What Semgrep said in one or more runs: findings, without those excused, and gaps.

    `late` are the files that no run came to.
    """
    by_id = {rule.id: rule for rule in rules}
    findings = [
        finding
        for document in documents
        for row in _static.consumed(document.results)
        if not (excuses and excuses.cover(row.name(), row.path, row.start, row.end))
        and (finding := _finding(row, by_id, workspace, mends)) is not None
    ]
    gaps = [_gap(fault, workspace) for document in documents for fault in document.errors]
    gaps += late
    seen = {workspace.original(path) for document in documents for path in document.paths.scanned}
    faulty = {gap.subject for gap in gaps}
    gaps += [
        Gap(subject=path, reason="semgrep did not look at it")
        for path in workspace.originals.values()
        if path not in seen and path not in faulty
    ]
    return _static.Answer(
        tool_version=documents[0].version, findings=tuple(findings), gaps=tuple(gaps), rules=rules
    )


def _finding(
    row: SemgrepRow, by_id: dict[RuleId, Rule], workspace: Workspace, mends: Mends
) -> Finding | None:
    name = row.name()
    rule = by_id.get(RuleId(f"sast/{name}"))
    path = workspace.original(row.path)
    if rule is None or path is None:
        return None
    lines = workspace.lines(path)
    start, end = max(1, row.start.line), max(1, row.start.line, row.end.line)
    near = lines[max(0, start - 2) : end]
    return Finding(
        engine=Semgrep.name,
        stage=Semgrep.stage,
        rule_id=rule.id,
        severity=rule.severity,
        confidence=rule.confidence,
        message=_static.message(row.extra.message, rule),
        location=_static.located(
            workspace, path, start, end, start_column=row.start.col, end_column=row.end.col
        ),
        anchor=_static.anchor(workspace, path, start, end, rule, row.start.col),
        evidence=(_static.snippet(path, lines, start, end, rule, workspace.places(path)),),
        suppression=_static.inline_suppression(
            _lines_that_count(near, start), _NOSEMGREP, frozenset({name}), _RULE_NAME
        ),
        patch=mends.patch(name, workspace, path, row.start, row.end),
    )


def _lines_that_count(near: list[str], start: int) -> list[str]:
    """The flagged lines; the line above counts only if it is nothing but a comment."""
    if start > 1 and near and not near[0].lstrip().startswith(("#", "//")):
        return near[1:]
    return near


def _gap(fault: SemgrepFault, workspace: Workspace) -> Gap:
    path = workspace.original(fault.path) if fault.path else None
    subject = path or fault.rule_id or "semgrep"
    first = fault.message.strip().splitlines()[0] if fault.message.strip() else "no reason given"
    return Gap(subject=subject, reason=f"semgrep: {fault.kind()}: {_tidy(first, workspace)}")


def _tidy(text: str, workspace: Workspace) -> str:
    return text.replace(f"{workspace.root}/", "").replace(str(workspace.root), ".")
