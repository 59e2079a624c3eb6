"""Reporters: each renders one finished scan to text, and decides nothing."""

from __future__ import annotations

from scanner.model.protocols import Reporter

# What is written unless the user says otherwise; `result.json` is what all others come from.
DEFAULT = ("json", "html", "sarif", "junit", "markdown")
NAMES = (
    *DEFAULT,
    "pr-comment",
    "csv",
    "gitlab-sast",
    "gitlab-dast",
    "gitlab-codequality",
    "sonarqube",
    "defectdojo",
)


def reporter(name: str) -> Reporter:
    """The reporter of that name, imported only now: one brings Jinja along.

    Raises `KeyError` for a name that is not in `NAMES`.
    """
    match name:
        case "json":
            from scanner.reporters.json_v1 import JsonV1

            return JsonV1()
        case "html":
            from scanner.reporters.html import Html

            return Html()
        case "sarif":
            from scanner.reporters.sarif_v210 import Sarif

            return Sarif()
        case "junit":
            from scanner.reporters.junit_xml import Junit

            return Junit()
        case "markdown":
            from scanner.reporters.markdown import Markdown

            return Markdown()
        case "pr-comment":
            from scanner.reporters.markdown import PullRequestComment

            return PullRequestComment()
        case "csv":
            from scanner.reporters.csv_v1 import Csv

            return Csv()
        case "gitlab-sast":
            from scanner.reporters.gitlab_v15 import GitlabSast

            return GitlabSast()
        case "gitlab-dast":
            from scanner.reporters.gitlab_v15 import GitlabDast

            return GitlabDast()
        case "gitlab-codequality":
            from scanner.reporters.gitlab_quality import GitlabQuality

            return GitlabQuality()
        case "sonarqube":
            from scanner.reporters.sonarqube_v103 import SonarQube

            return SonarQube()
        case "defectdojo":
            from scanner.reporters.defectdojo_v2 import DefectDojo

            return DefectDojo()
        case _:
            raise KeyError(name)
