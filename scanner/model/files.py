"""What kinds of file there are, and which of them a name can mean."""

from __future__ import annotations

import re
from enum import Enum

_DOCKERFILE = re.compile(r"(.+\.)?(dockerfile|containerfile)([._-].+)?", re.IGNORECASE)
_WORKFLOW = re.compile(r"(^|.*/)\.github/workflows/[^/]+\.ya?ml", re.IGNORECASE)
_JAVASCRIPT = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
_COMPOSE = re.compile(r"(.*[.-])?(docker-)?compose([.-].*)?\.ya?ml")


class FileKind(str, Enum):
    """What a file is to the engines."""

    PYTHON = "Python"
    NOTEBOOK = "notebook"
    TERRAFORM = "Terraform"
    PLAN = "Terraform plan"
    MANIFEST = "Kubernetes manifest"
    KONG = "Kong configuration"
    DOCKERFILE = "Dockerfile"
    WORKFLOW = "GitHub Actions workflow"
    JAVASCRIPT = "JavaScript"
    SHELL = "shell script"
    COMPOSE = "compose file"


def kinds_of_name(path: str) -> tuple[FileKind, ...]:
    """The kinds that a file of this name can be, the likeliest first; mostly one or none.

    What YAML and JSON declare, and whether a name without a suffix is a script, only the content
    tells.
    """
    name = path.rsplit("/", 1)[-1]
    lower = name.lower()
    if lower.endswith((".py", ".pyw")):
        return (FileKind.PYTHON,)
    if lower.endswith(".ipynb"):
        return (FileKind.NOTEBOOK,)
    if lower.endswith((".tf", ".tf.json", ".tfvars")):
        return (FileKind.TERRAFORM,)
    if _DOCKERFILE.fullmatch(name) and not lower.endswith(".dockerignore"):
        return (FileKind.DOCKERFILE,)
    if _WORKFLOW.fullmatch(path):
        return (FileKind.WORKFLOW,)
    # Declarations of types hold no code.
    if lower.endswith(_JAVASCRIPT) and not lower.endswith((".d.ts", ".d.mts", ".d.cts")):
        return (FileKind.JAVASCRIPT,)
    if lower.endswith((".sh", ".bash")) or "." not in name:
        return (FileKind.SHELL,)
    if _COMPOSE.fullmatch(lower):
        return (FileKind.COMPOSE,)
    if lower.endswith(".json"):
        return (FileKind.PLAN, FileKind.KONG)
    if lower.endswith((".yaml", ".yml")):
        return (FileKind.MANIFEST, FileKind.KONG)
    return ()
