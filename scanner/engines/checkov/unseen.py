"""Why Checkov said nothing of a file: it leaves out in silence what it can't read. Pure."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

import yaml

_TEMPLATED = re.compile(r"\{\{.*?\}\}")
_FROM = re.compile(r"^\s*FROM\s+\S", re.IGNORECASE | re.MULTILINE)
_WORKFLOWS = ".github/workflows"


def frameworks_of(path: str) -> tuple[str, ...]:
    """The frameworks of Checkov that read a file, by its (staged) name."""
    name = PurePosixPath(path).name.lower()
    if name.endswith(".tf.json"):
        return ("terraform_json",)
    if name.endswith((".tf", ".tfvars")):
        return ("terraform",)
    if name.endswith(".json"):
        return ("terraform_plan",)
    if name.endswith((".yaml", ".yml")):
        workflow = str(PurePosixPath(path).parent).endswith(_WORKFLOWS)
        return ("github_actions",) if workflow else ("kubernetes",)
    return ("dockerfile",)


def why_unseen(path: str, text: str) -> str | None:
    """Why there is no word of a file; None where there was nothing to say.

    A Terraform file of variables only holds no resource. A manifest may be of a kind that no
    policy is about, but one that is a template or no YAML was dropped.
    """
    (framework,) = frameworks_of(path)
    match framework:
        case "kubernetes":
            if _TEMPLATED.search(text):
                return (
                    "a template: checkov drops manifests with {{ }}; render it and scan the result"
                )
            return _yaml_fault(text)
        case "github_actions":
            return _yaml_fault(text) or "checkov does not take it for a workflow"
        case "terraform_plan" | "terraform_json":
            return _json_fault(text)
        case "dockerfile":
            # Every Dockerfile that it does read has a row, passed or not.
            return "checkov did not look at it" if _FROM.search(text) else "it has no FROM"
        case _:
            return None


def _yaml_fault(text: str) -> str | None:
    try:
        for _ in yaml.load_all(text, Loader=yaml.CSafeLoader):
            pass
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        place = getattr(getattr(error, "problem_mark", None), "line", None)
        return "not valid YAML" + (f" (line {place + 1})" if isinstance(place, int) else "")
    return None


def _json_fault(text: str) -> str | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return "not valid JSON in UTF-8"
    if not isinstance(document, dict):
        return "not a JSON object"
    return None
