"""Gateway takes tokens that were issued for others."""

from __future__ import annotations

from _policy import Resource, policy

METADATA = {
    "title": "Gateway takes tokens that were issued for others",
    "severity": "high",
    "confidence": "firm",
    "rationale": """\
A JWT authorizer that checks no audience or no issuer accepts every token of the identity
provider, also those that another application's users hold.
""",
    "remediation": """\
Check who issued the token and for whom:

    jwt_configuration {
      issuer   = "https://login.example.com"
      audience = ["model-endpoint"]
    }
""",
    "cwe": ["CWE-287", "CWE-345"],
    "owasp": ["API2:2023"],
    "controls": ["AUTHN-2"],
    "references": [
        "https://cwe.mitre.org/data/definitions/287.html",
        "https://cwe.mitre.org/data/definitions/345.html",
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/apigatewayv2_authorizer",
    ],
    "since": "0.1.0",
}


@policy(__file__, METADATA["title"], "aws_apigatewayv2_authorizer")
def judge(resource: Resource) -> str | None:
    """Only JWT authorizers; a REQUEST authorizer's function does its own checks."""
    if str(resource.first("authorizer_type")).upper() != "JWT":
        return None
    for part in ("issuer", "audience"):
        if not resource.has(f"jwt_configuration.{part}"):
            return f"the JWT authorizer checks no {part}"
    return None
