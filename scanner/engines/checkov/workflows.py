"""Workflows as Checkov's own schema has them: what it does not know makes it pass over one in
silence, so newer words are given as older ones, and what no policy asks about as comments.

Lines and columns of everything else stay where they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import yaml

from scanner.engines import _yaml

# The permissions of the schema; GitHub gives newer ones (docs.github.com, "permissions"). Of these,
# one that no policy asks about stands for them.
_KNOWN = frozenset(
    {"actions", "checks", "contents", "deployments", "discussions", "id-token", "issues"}
    | {"packages", "pages", "pull-requests", "repository-projects", "security-events", "statuses"}
)
_STAND_IN = "discussions"
_GRANTS = frozenset({"read", "write", "none"})
# How a workflow is run: an expression there, a strategy without a matrix or an empty list is no
# fault of a workflow, but one to the schema.
_OF_A_STEP = frozenset({"continue-on-error", "timeout-minutes"})
_OF_A_JOB = _OF_A_STEP | {"concurrency", "environment", "needs", "strategy"}
_OF_ALL = frozenset({"concurrency", "run-name"})
# YAML counts lines by these too.
_OTHER_LINE_END = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
_START = re.compile(r"\S")


def in_old_words(text: str) -> str:
    """The workflow with newer permissions under the name of an older one, and how it is run as
    comments; as it is where it can't be read, or could not any more."""
    if _OTHER_LINE_END.search(text):
        return text
    lines = text.split("\n")
    try:
        root = _yaml.compose(text)
        # From the end, for a name in braces moves what stands behind it.
        for line, start, end in sorted(set(_newer(root)), reverse=True):
            lines[line] = lines[line][:start] + _STAND_IN + lines[line][end:]
        for first, last in _places(root):
            if lines[first].lstrip().startswith("- "):
                continue  # the dash begins more than this entry
            for number in range(first, last + 1):
                lines[number] = _START.sub("#", lines[number], count=1)
        known = "\n".join(lines)
        # What is a comment now may have been named elsewhere.
        _yaml.compose(known)
    except _yaml.BadYaml:
        return text
    return known


def _newer(root: yaml.Node | None) -> Iterator[tuple[int, int, int]]:
    """Where names of permissions stand that the schema does not have: the line and its columns."""
    jobs = (job for _, jobs in _entries(root, "jobs") for _, job in _entries(jobs))
    for granting in (root, *jobs):
        for _, permissions in _entries(granting, "permissions"):
            for key, value in _entries(permissions):
                newer = _word(key) not in _KNOWN and isinstance(key, yaml.ScalarNode)
                if newer and key.start_mark.line == key.end_mark.line and _word(value) in _GRANTS:
                    yield key.start_mark.line, key.start_mark.column, key.end_mark.column


def _places(root: yaml.Node | None) -> Iterator[tuple[int, int]]:
    """The first and last line, from 0, of each of these keys with its value."""
    yield from _lines_of(root, _OF_ALL)
    for _, jobs in _entries(root, "jobs"):
        for _, job in _entries(jobs):
            yield from _lines_of(job, _OF_A_JOB)
            for _, steps in _entries(job, "steps"):
                for step in steps.value if isinstance(steps, yaml.SequenceNode) else ():
                    yield from _lines_of(step, _OF_A_STEP)


def _entries(node: yaml.Node | None, name: str = "") -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """The entries of a mapping, or those of a name."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if not name or _word(key) == name:
                yield key, value


def _word(node: yaml.Node) -> str:
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _lines_of(node: yaml.Node | None, names: Collection[str]) -> Iterator[tuple[int, int]]:
    # In braces, entries share lines with others.
    if node is None or getattr(node, "flow_style", False):
        return
    for key, value in _entries(node):
        if _word(key) in names:
            # A block ends where what is no part of it begins, anything else where it ends.
            end = value.end_mark
            last = end.line - (end.column <= key.start_mark.column)
            yield key.start_mark.line, max(key.start_mark.line, last)
