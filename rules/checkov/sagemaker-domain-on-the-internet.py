"""SageMaker domain reaches the internet around your network."""

from __future__ import annotations

from _policy import Resource, policy

METADATA = {
    "title": "SageMaker domain reaches the internet around your network",
    "severity": "medium",
    "confidence": "firm",
    "rationale": """\
Unless it is VpcOnly, a domain's notebooks and apps go to the internet through a network of
the provider's, past your egress rules and logs.
""",
    "remediation": """\
Keep it inside your network:

    app_network_access_type = "VpcOnly"
""",
    "cwe": ["CWE-923"],
    "owasp": ["API8:2023"],
    "controls": ["NET-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/923.html",
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/sagemaker_domain",
    ],
    "since": "0.1.0",
}


@policy(__file__, METADATA["title"], "aws_sagemaker_domain")
def judge(resource: Resource) -> str | None:
    """The provider's default is the internet."""
    access = resource.first("app_network_access_type")
    if access is None or str(access) == "PublicInternetOnly":
        return "its apps reach the internet directly (app_network_access_type is not VpcOnly)"
    return None
