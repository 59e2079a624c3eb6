"""Bedrock is used and no invocation is logged."""

from __future__ import annotations

from _policy import Resource, policy, resources

METADATA = {
    "title": "Bedrock is used and no invocation is logged",
    "severity": "medium",
    "confidence": "tentative",
    "rationale": """\
Without a model invocation log nobody can see what Bedrock was asked in the account's name.
Logging is off until it is configured, once for each region.
""",
    "remediation": """\
Log it, once for each account and region:

    resource "aws_bedrock_model_invocation_logging_configuration" "this" {
      logging_config {
        text_data_delivery_enabled = true
        cloudwatch_config {
          log_group_name = aws_cloudwatch_log_group.bedrock.name
          role_arn       = aws_iam_role.bedrock_logs.arn
        }
      }
    }
""",
    "cwe": ["CWE-778"],
    "owasp": ["API10:2023"],
    "controls": ["LOG-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/778.html",
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/bedrock_model_invocation_logging_configuration",
    ],
    "since": "0.1.0",
}


@policy(
    __file__,
    METADATA["title"],
    "aws_bedrockagent_agent",
    "aws_bedrock_provisioned_model_throughput",
    "aws_bedrockagent_flow",
)
def judge(_resource: Resource) -> str | None:
    """The account's log may be declared in any file of the folder."""
    if resources("aws_bedrock_model_invocation_logging_configuration"):
        return None
    return "no aws_bedrock_model_invocation_logging_configuration is declared here"
