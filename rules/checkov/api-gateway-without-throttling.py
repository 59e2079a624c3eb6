"""Gateway stage has no request limit of its own."""

from __future__ import annotations

from _policy import Resource, policy, resources, same_module

METADATA = {
    "title": "Gateway stage has no request limit of its own",
    "severity": "medium",
    "confidence": "firm",
    "rationale": """\
Without throttling only the account's limit holds, thousands of requests a second for all
APIs together. One caller can then run up the cost of the model and starve all others.
""",
    "remediation": """\
Set a rate and a burst that the model can bear:

    default_route_settings {
      throttling_rate_limit  = 20
      throttling_burst_limit = 40
    }
""",
    "cwe": ["CWE-770"],
    "owasp": ["API4:2023", "LLM10:2025"],
    "controls": ["RATE-1", "COST-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/770.html",
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/apigatewayv2_stage",
    ],
    "since": "0.1.0",
}


@policy(__file__, METADATA["title"], "aws_apigatewayv2_stage", "aws_api_gateway_stage")
def judge(resource: Resource) -> str | None:
    """A stage of an HTTP API holds its limits; those of a REST API stand in other resources."""
    if resource.type == "aws_apigatewayv2_stage":
        settings = ("default_route_settings", "route_settings")
        if any(resource.has(f"{kind}.throttling_rate_limit") for kind in settings):
            return None
        return "no throttling_rate_limit in its route settings"
    limits = resources("aws_api_gateway_method_settings", "aws_api_gateway_usage_plan")
    for other in limits:
        if same_module(other, resource) and (
            other.has("settings.throttling_rate_limit")
            or other.has("throttle_settings")
            or other.has("api_stages.throttle")
        ):
            return None
    return "no method settings or usage plan with a throttle"
