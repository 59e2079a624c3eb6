"""What Checkov must not be given, and why it said nothing of the rest. Pure.

It leaves out in silence what it can't read, and some documents end it altogether.
"""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

from scanner.engines import _yaml
from scanner.engines.checkov import plans

_BLOCK = re.compile(r'^\s*(?:resource|module)\s+"', re.MULTILINE)
_FROM = re.compile(r"^\s*FROM\s+\S", re.IGNORECASE | re.MULTILINE)
_WORKFLOWS = ".github/workflows"


def framework_of(path: str, text: str) -> str:
    """The framework of Checkov that reads a file, by its (staged) name, and its text if JSON."""
    name = PurePosixPath(path).name.lower()
    if name.endswith(".tf.json"):
        return "terraform_json"
    if name.endswith((".tf", ".tfvars")):
        return "terraform"
    if name.endswith(".json"):
        return "terraform_plan" if plans.is_plan(text) else "kubernetes"
    if name.endswith((".yaml", ".yml")):
        workflow = str(PurePosixPath(path).parent).endswith(_WORKFLOWS)
        return "github_actions" if workflow else "kubernetes"
    return "dockerfile"


def unfit(path: str, text: str) -> str | None:
    """Why Checkov must not be given a file: it would crash on it, or hang, and all else be lost."""
    match framework_of(path, text):
        case "kubernetes" | "github_actions" if not path.lower().endswith(".json"):
            return _yaml_fault(text)
        case "kubernetes" | "terraform_json":
            return _json_fault(text)
        case "terraform_plan":
            return plans.fault(text)
        case _:
            return None


def unrendered(path: str, text: str) -> str | None:
    """Why what is said of a manifest is not the whole of it, whatever Checkov made of it."""
    if framework_of(path, text) != "kubernetes" or not _yaml.may_be_template(text):
        return None
    try:
        documents = _yaml.load_all(text)
    except _yaml.BadYaml:
        return _yaml.TEMPLATE
    return _yaml.TEMPLATE if _yaml.is_template(text, documents) else None


def why_unseen(path: str, text: str) -> str | None:
    """Why there is no word of a file that Checkov was given; None where there was nothing to say.

    A Terraform file of variables only holds no resource, and a manifest may be of a kind that no
    policy is about.
    """
    match framework_of(path, text):
        case "github_actions":
            return "checkov does not take it for a workflow"
        case "kubernetes" if "kind" not in text or "apiVersion" not in text:
            # It looks for the words before it parses, and passes over what has them escaped.
            return "checkov does not take it for a manifest: its keys are escaped"
        case "dockerfile":
            # Every Dockerfile that it does read has a row, passed or not.
            return "checkov did not look at it" if _FROM.search(text) else "it has no FROM"
        case _:
            return None


def declares(path: str, text: str) -> bool:
    """Whether a file of Terraform's declares anything that Checkov has a word to say of."""
    match framework_of(path, text):
        case "terraform":
            return bool(_BLOCK.search(text))
        case "terraform_json":
            return '"resource"' in text or '"module"' in text
        case "terraform_plan":
            return '"managed"' in text
        case _:
            return False


def _yaml_fault(text: str) -> str | None:
    try:
        _yaml.load_all(text)
    except _yaml.BadYaml as error:
        return _yaml.TEMPLATE if _yaml.may_be_template(text) else str(error)
    return None


def _json_fault(text: str) -> str | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return "not valid JSON in UTF-8"
    if not isinstance(document, dict):
        return "not a JSON object"
    return None
