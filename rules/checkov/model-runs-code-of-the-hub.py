"""Model server runs code that a model repository brings."""

from __future__ import annotations

from _policy import Resource, arguments, environment, policy

METADATA = {
    "title": "Model server runs code that a model repository brings",
    "severity": "high",
    "confidence": "firm",
    "rationale": """\
With remote code trusted, the server runs Python out of the model's repository, with the
credentials of the endpoint. Who can change that repository owns the endpoint.
""",
    "remediation": """\
Leave it off and serve an architecture that the server knows; else put the code into your own image:

    environment = {
      HF_MODEL_ID          = "org/model"
      HF_MODEL_REVISION    = "4f2c..."
      HF_TRUST_REMOTE_CODE = "false"
    }
""",
    "cwe": ["CWE-829", "CWE-494"],
    "owasp": ["API10:2023", "LLM03:2025"],
    "controls": ["SUPPLY-1", "DESERIAL-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/829.html",
        "https://cwe.mitre.org/data/definitions/494.html",
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/sagemaker_model",
    ],
    "since": "0.1.0",
}


_NAMES = {
    "HF_TRUST_REMOTE_CODE",
    "TRUST_REMOTE_CODE",
    "OPTION_TRUST_REMOTE_CODE",
    "SM_VLLM_TRUST_REMOTE_CODE",
    "HF_MODEL_TRUST_REMOTE_CODE",
}


@policy(
    __file__,
    METADATA["title"],
    "aws_sagemaker_model",
    "aws_ecs_task_definition",
    "google_cloud_run_v2_service",
    "azurerm_container_app",
)
def judge(resource: Resource) -> str | None:
    """A switch of the environment, or a flag among the server's arguments."""
    for name, value in environment(resource):
        if name.upper() in _NAMES and str(value).lower() in ("true", "1", "yes"):
            return f"{name} is on: the server runs Python out of the model's repository"
    if any("--trust-remote-code" in str(word) for word in arguments(resource)):
        return "--trust-remote-code: the server runs Python out of the model's repository"
    return None
