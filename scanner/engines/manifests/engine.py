"""Our own policies over what Checkov sees only file by file, or not at all.

Checkov knows no object of a mesh, a gateway or a model server, and no Kong configuration. Here all
files are read first, and each policy sees the whole: a NetworkPolicy in another file counts.
"""

from __future__ import annotations

import re

from scanner.engines import _static, _yaml
from scanner.engines._workspace import Workspace
from scanner.engines.manifests import ENGINE, VERSION
from scanner.engines.manifests.catalogue import POLICIES
from scanner.engines.manifests.documents import Document, Unreadable, read
from scanner.engines.manifests.policy import Hit
from scanner.engines.manifests.world import at, make_world, table
from scanner.model.finding import Finding, InlineSuppression
from scanner.model.location import ResourceLocation
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import StaticTask
from scanner.model.protocols import ScanContext
from scanner.model.rule import Rule
from scanner.model.severity import Stage
from scanner.redact import redacted_start

_KONG = re.compile(r"^[ \t]{0,8}(?:\{[ \t]*)?[\"']?_format_version[\"']?[ \t]*:", re.MULTILINE)
_COMMENT = re.compile(r"#\s*(?:checkov|servegate):skip=(?P<id>[A-Za-z0-9_-]+)(?::(?P<why>.*))?")
_ANNOTATION = re.compile(r"^(?:checkov|servegate)\.(?:io|dev)/skip\d*$")


def run(task: StaticTask, context: ScanContext) -> Completed | Partial:
    """Read the planned files and judge them as one world. Raises `EngineError`."""
    with _static.staged(task) as workspace:
        context.progress(f"{len(workspace.originals)} files, {len(POLICIES)} policies")
        return _static.outcome(task, workspace, judge(workspace))


def judge(workspace: Workspace) -> _static.Answer:
    """Every policy over all files of the workspace."""
    manifests: list[Document] = []
    kong: list[Document] = []
    gaps: list[Gap] = []
    for path in sorted(workspace.originals.values()):
        text = "\n".join(workspace.lines(path))
        try:
            found = read(path, text)
        except Unreadable as fault:
            reason = _yaml.TEMPLATE if _yaml.may_be_template(text) else str(fault)
            gaps.append(Gap(subject=path, reason=reason))
            continue
        if _yaml.is_template(text, [document.data for document in found]):
            # What is written out in it counts all the same.
            gaps.append(Gap(subject=path, reason=_yaml.TEMPLATE))
        of_kong = "_format_version" in text and _KONG.search(text)
        (kong if of_kong else manifests).extend(found)
    world = make_world(manifests, kong)
    return _static.Answer(
        tool_version=VERSION,
        findings=tuple(
            _finding(policy.rule, hit, workspace)
            for policy in POLICIES
            for hit in policy.judge(world)
        ),
        gaps=tuple(gaps),
        rules=tuple(policy.rule for policy in POLICIES),
    )


def _finding(rule: Rule, hit: Hit, workspace: Workspace) -> Finding:
    lines = workspace.lines(hit.document.path)
    first, last = hit.document.place(hit.part)
    start = min(max(1, first), max(1, len(lines)))
    end = min(max(start, last), max(1, len(lines)))
    return Finding(
        engine=ENGINE,
        stage=Stage.IAC,
        rule_id=rule.id,
        severity=rule.severity,
        confidence=rule.confidence,
        message=_static.message(f"{hit.address}: {hit.said}", rule),
        location=ResourceLocation(
            address=hit.address, path=hit.document.path, start_line=start, end_line=end
        ),
        evidence=(_static.snippet(hit.document.path, lines, start, end, rule),),
        suppression=_suppression(rule, hit, lines[start - 1 : end]),
    )


def _suppression(rule: Rule, hit: Hit, lines: list[str]) -> InlineSuppression | None:
    """A skip comment inside the object, or an annotation as Checkov reads them."""
    name = rule.id.removeprefix("iac/")
    names = {name, "SG_" + name.replace("-", "_").upper()}
    for line in lines:
        found = _COMMENT.search(line)
        if found and found["id"] in names:
            return _asked(found["id"], found["why"] or "")
    annotations = table(at(hit.document.data, "metadata.annotations"))
    for key, value in annotations.items():
        if _ANNOTATION.match(str(key)):
            named, _, why = str(value).partition("=")
            if named.strip() in names:
                return _asked(named.strip(), why)
    return None


def _asked(name: str, why: str) -> InlineSuppression:
    return InlineSuppression(
        comment=f"checkov:skip={name}", reason=redacted_start(why.strip(), 400), blanket=False
    )
