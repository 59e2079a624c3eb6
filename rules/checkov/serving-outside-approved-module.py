"""Model is served without a module that was approved."""

from __future__ import annotations

import re

from _modules import approved_folder, approved_source, calls_around, listed
from _policy import (
    SETTINGS,
    Resource,
    check_id,
    module_of,
    module_policy,
    policy,
    tell_loaded,
)

METADATA = {
    "title": "Model is served without a module that was approved",
    "severity": "medium",
    "confidence": "firm",
    "rationale": """\
Approved modules carry the reviewed network, encryption and logging. A serving resource
beside them, or from a source that may change, carries what its author thought of.
""",
    "remediation": """\
Take the module, at a fixed version, or approve its source in servegate.toml:

    [iac]
    approved_modules = ["./modules/endpoint", "git::https://git.example.com/ml/endpoint.git"]
""",
    "cwe": ["CWE-1357"],
    "owasp": ["API9:2023"],
    "controls": ["INV-1", "SUPPLY-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/1357.html",
        "https://developer.hashicorp.com/terraform/language/modules/sources",
    ],
    "since": "0.1.0",
}


_TYPES = (
    "aws_sagemaker_model",
    "aws_sagemaker_endpoint",
    "aws_sagemaker_endpoint_configuration",
    "aws_bedrock_provisioned_model_throughput",
    "google_vertex_ai_endpoint",
    "google_vertex_ai_endpoint_with_model_garden_deployment",
    "azurerm_cognitive_deployment",
    "azurerm_machine_learning_workspace",
)
APPROVED = tuple(SETTINGS.get("approved_modules", ()))
_SERVES = re.compile(
    r"sagemaker|vertex|bedrock|inference|endpoint|serving|llm|openai|cognitive|machine-?learning",
    re.IGNORECASE,
)


def judge(resource: Resource) -> str | None:
    """One approved module around it is enough; so is being the approved module itself."""
    if approved_folder(resource.folder, APPROVED):
        return None
    calls = calls_around(resource)
    if not calls:
        # A plan names the modules of a resource, but is no place to find their calls.
        return None if module_of(resource.address) else "it is declared outside any module"
    if any(approved_source(call, APPROVED) for call in calls):
        return None
    return f"its module comes from {calls[-1].first('source')}, which is not approved or not fixed"


def judge_call(call: Resource) -> str | None:
    """A module that is not here can't be looked into: its source has to say what it is for."""
    source = str(call.first("source") or "")
    if source.startswith((".", "/")) or approved_source(call, APPROVED):
        return None
    if listed(source, APPROVED):
        return f"its source {source} is approved at a fixed version only"
    return f"its source {source} is not approved" if _SERVES.search(source) else None


if APPROVED:
    policy(__file__, METADATA["title"], *_TYPES)(judge)
    module_policy(__file__, METADATA["title"])(judge_call)
else:
    tell_loaded(check_id(__file__))
