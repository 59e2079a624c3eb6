"""Marks each group: new, known or suppressed. Deletes none. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.model.decision import GatePolicy, Group, Status, Triaged
from scanner.model.finding import InlineSuppression


def triage(groups: Iterable[Group], policy: GatePolicy) -> tuple[Triaged, ...]:
    """Give every group its status, in the given order.

    A comment in the source silences a group only if each of its findings carries one, so that a
    word to one engine does not silence another; a policy may make such comments powerless.
    """
    return tuple(_judge(group, policy) for group in groups)


def _told(comment: InlineSuppression) -> str:
    """The comment, the reason that it gives, and what is wanting in it."""
    text = comment.comment
    if comment.reason and comment.reason not in text:
        text += f": {comment.reason}"
    if comment.blanket:
        text += " (names no rule)"
    return text if comment.reason else f"{text} (gives no reason)"


def _judge(group: Group, policy: GatePolicy) -> Triaged:
    comments = [finding.suppression for finding in group.findings]
    if policy.forbid_inline or not all(comments):
        return Triaged(group=group, status=Status.NEW)
    reasons = [_told(comment) for comment in comments if comment is not None]
    return Triaged(group=group, status=Status.SUPPRESSED, reason="; ".join(dict.fromkeys(reasons)))
