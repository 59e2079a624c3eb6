"""Secret stands in clear in an environment block."""

from __future__ import annotations

import re

from _policy import Resource, environment, known, policy

METADATA = {
    "title": "Secret stands in clear in an environment block",
    "severity": "high",
    "confidence": "firm",
    "rationale": """\
A literal secret in an environment block is in the repository, in the Terraform state, and
readable by whoever may describe the resource. It can't be rotated without a deployment.
""",
    "remediation": """\
Name the secret instead of writing it, and let the server fetch it or the platform inject it:

    secrets = [{
      name      = "API_KEY"
      valueFrom = aws_secretsmanager_secret.api_key.arn
    }]
""",
    "cwe": ["CWE-798", "CWE-312"],
    "owasp": ["API8:2023", "LLM02:2025"],
    "controls": ["SECRETS-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/798.html",
        "https://cwe.mitre.org/data/definitions/312.html",
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/sagemaker_model",
    ],
    "since": "0.1.0",
}


_SECRET = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)$"
    r"|SECRET_ACCESS_KEY$|CONNECTION_?STRING$",
    re.IGNORECASE,
)
# What stands where a value is no secret: a name, an address or a place to read it from.
_INNOCENT = re.compile(
    r"^$|^(?:true|false|null|none|\d+)$|^arn:|^https?://[^@]*$|^s3://|^/|^projects/|^@Microsoft"
    r"|^(?:change.?me|todo|placeholder|dummy|example|x+|\*+|<.*>)$|^\{\{.*\}\}$",
    re.IGNORECASE,
)


@policy(
    __file__,
    METADATA["title"],
    "aws_sagemaker_model",
    "aws_ecs_task_definition",
    "aws_lambda_function",
    "aws_apprunner_service",
    "google_cloud_run_v2_service",
    "google_cloud_run_service",
    "azurerm_container_app",
    "azurerm_container_group",
    "azurerm_linux_web_app",
    "azurerm_linux_function_app",
)
def judge(resource: Resource) -> str | None:
    """A name that says secret with a literal value that could be one."""
    for name, value in environment(resource):
        if resource.type == "aws_lambda_function" and str(value).startswith(("AKIA", "ASIA")):
            continue  # Checkov's own CKV_AWS_45
        if _SECRET.search(name) and known(value) and not _INNOCENT.search(str(value)):
            return f"the value of {name} is written out"
    return None
