"""`gl-code-quality-report.json`: GitLab's code quality, which every tier shows on a merge request.

One entry for each finding that is new or known; suppressed ones are left out. The fingerprint is
the finding's own, so that GitLab tells new from old as servegate does.
https://docs.gitlab.com/ci/testing/code_quality/
"""

from __future__ import annotations

from scanner.model.decision import Status, Triaged
from scanner.model.scan import ScanResult
from scanner.model.severity import Severity
from scanner.model.values import Value
from scanner.reporters import _facts as facts
from scanner.reporters._json import lines
from scanner.reporters._places import code_of, lines_of
from scanner.reporters._text import clipped, one_line, visible

Json = dict[str, object]

_SEVERITY = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}
_MAX = 500


class GitlabQuality(Value):
    """Renders one entry for each finding."""

    name: str = "gitlab-codequality"
    filename: str = "gl-code-quality-report.json"

    def render(self, scan: ScanResult) -> str:
        """A list, empty where nothing was found."""
        told = [item for item in facts.ordered(scan) if item.status is not Status.SUPPRESSED]
        return lines([_entry(item) for item in told], depth=1)


def _entry(item: Triaged) -> Json:
    lead = item.group.lead
    place = code_of(lead.location)
    first, last = lines_of(place)
    return {
        "description": clipped(one_line(lead.message), _MAX) or visible(lead.rule_id),
        "check_name": visible(lead.rule_id),
        "fingerprint": lead.fingerprint,
        "severity": _SEVERITY[item.group.severity],
        "location": {"path": visible(place.path) or "_", "lines": {"begin": first, "end": last}},
    }
