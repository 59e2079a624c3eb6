"""Bedrock keeps training or knowledge data without a key of yours."""

from __future__ import annotations

from _policy import Resource, policy

METADATA = {
    "title": "Bedrock keeps training or knowledge data without a key of yours",
    "severity": "medium",
    "confidence": "firm",
    "rationale": """\
A custom model holds what it was trained on, a knowledge base the documents that it answers
from. Under a key of your own, access can be audited and withdrawn.
""",
    "remediation": """\
Name your key:

    custom_model_kms_key_id = aws_kms_key.bedrock.arn

and for a data source

    server_side_encryption_configuration {
      kms_key_arn = aws_kms_key.bedrock.arn
    }
""",
    "cwe": ["CWE-311"],
    "owasp": ["LLM02:2025"],
    "controls": ["CRYPT-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/311.html",
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/bedrock_custom_model",
    ],
    "since": "0.1.0",
}


@policy(__file__, METADATA["title"], "aws_bedrock_custom_model", "aws_bedrockagent_data_source")
def judge(resource: Resource) -> str | None:
    """The argument has another name for each."""
    if resource.type == "aws_bedrock_custom_model":
        place = "custom_model_kms_key_id"
    else:
        place = "server_side_encryption_configuration.kms_key_arn"
    return None if resource.has(place) else f"no {place}"
