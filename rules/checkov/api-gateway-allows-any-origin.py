"""Gateway lets every web site call the model."""

from __future__ import annotations

from _policy import Resource, policy

METADATA = {
    "title": "Gateway lets every web site call the model",
    "severity": "medium",
    "confidence": "firm",
    "rationale": """\
With any origin allowed, every page that a user visits can send requests to the endpoint
from the user's browser and read the answers.
""",
    "remediation": """\
Name the origins of your own front end:

    cors_configuration {
      allow_origins = ["https://app.example.com"]
    }
""",
    "cwe": ["CWE-942"],
    "owasp": ["API8:2023"],
    "controls": ["CORS-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/942.html",
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/apigatewayv2_api",
    ],
    "since": "0.1.0",
}


@policy(__file__, METADATA["title"], "aws_apigatewayv2_api", "aws_lambda_function_url")
def judge(resource: Resource) -> str | None:
    """`*`, or a scheme with nothing but a wildcard behind it."""
    for place in ("cors_configuration.allow_origins", "cors.allow_origins"):
        for origin in resource.all(place):
            if str(origin) in ("*", "http://*", "https://*"):
                return f"CORS allows the origin {origin}"
    return None
