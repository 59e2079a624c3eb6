"""SageMaker endpoint allows a shell on its instances."""

from __future__ import annotations

from _policy import Resource, policy, true

METADATA = {
    "title": "SageMaker endpoint allows a shell on its instances",
    "severity": "high",
    "confidence": "firm",
    "rationale": """\
With SSM access a person can open a shell in the container that holds the model, its
requests and its credentials. It is a way to debug, not to serve.
""",
    "remediation": """\
Leave it off; debug on a copy of the endpoint that serves nobody:

    production_variants {
      model_name        = aws_sagemaker_model.this.name
      enable_ssm_access = false
    }
""",
    "cwe": ["CWE-489"],
    "owasp": ["API8:2023"],
    "controls": ["DEBUG-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/489.html",
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/sagemaker_endpoint_configuration",
    ],
    "since": "0.1.0",
}


@policy(__file__, METADATA["title"], "aws_sagemaker_endpoint_configuration")
def judge(resource: Resource) -> str | None:
    """`enable_ssm_access` on any variant, production or shadow."""
    for kind in ("production_variants", "shadow_production_variants"):
        if any(true(value) for value in resource.all(f"{kind}.enable_ssm_access")):
            return f"{kind} open a shell on the instances (enable_ssm_access)"
    return None
