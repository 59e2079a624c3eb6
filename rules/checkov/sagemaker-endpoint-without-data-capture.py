"""SageMaker endpoint keeps no record of its traffic."""

from __future__ import annotations

from _policy import Resource, false, policy

METADATA = {
    "title": "SageMaker endpoint keeps no record of its traffic",
    "severity": "low",
    "confidence": "firm",
    "rationale": """\
Without data capture nobody can tell afterwards what the model was asked and what it
answered: neither an attack on it nor a drift of its inputs can be seen.
""",
    "remediation": """\
Capture a sample of requests and answers into a bucket that is encrypted and expires:

    data_capture_config {
      enable_capture              = true
      initial_sampling_percentage = 20
      destination_s3_uri          = "s3://${aws_s3_bucket.capture.id}/endpoint"
      capture_options { capture_mode = "Input" }
      capture_options { capture_mode = "Output" }
    }
""",
    "cwe": ["CWE-778"],
    "owasp": ["API10:2023"],
    "controls": ["LOG-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/778.html",
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/sagemaker_endpoint_configuration",
    ],
    "since": "0.1.0",
}


@policy(__file__, METADATA["title"], "aws_sagemaker_endpoint_configuration")
def judge(resource: Resource) -> str | None:
    """A capture that is missing or switched off; a serverless variant can't have one."""
    if resource.has("production_variants.serverless_config"):
        return None
    if not resource.has("data_capture_config"):
        return "no data_capture_config, so requests and answers leave no trace"
    if false(resource.first("data_capture_config.enable_capture")):
        return "data capture is configured and switched off"
    return None
