"""Model is served from a subnet that gives out public addresses."""

from __future__ import annotations

from _policy import Resource, block_name, named, policy, resources, same_module, true

METADATA = {
    "title": "Model is served from a subnet that gives out public addresses",
    "severity": "high",
    "confidence": "firm",
    "rationale": """\
A subnet that maps public addresses at launch is reachable from the internet as soon as one
security group is too wide. Inference belongs behind the gateway, in private subnets.
""",
    "remediation": """\
Serve from subnets without public addresses:

    vpc_config {
      subnets            = aws_subnet.private[*].id
      security_group_ids = [aws_security_group.model.id]
    }
""",
    "cwe": ["CWE-668"],
    "owasp": ["API8:2023"],
    "controls": ["NET-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/668.html",
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/subnet",
    ],
    "since": "0.1.0",
}


@policy(
    __file__, METADATA["title"], "aws_sagemaker_model", "aws_ecs_service", "aws_lambda_function"
)
def judge(resource: Resource) -> str | None:
    """The named subnets are looked up in all files of the folder."""
    places = ("vpc_config.subnets", "vpc_config.subnet_ids", "network_configuration.subnets")
    wanted = {named(value) for place in places for value in resource.all(place)} - {""}
    for subnet in resources("aws_subnet") if wanted else []:
        public = true(subnet.first("map_public_ip_on_launch"))
        if public and block_name(subnet.address) in wanted and same_module(subnet, resource):
            return f"{subnet.address} gives its instances public addresses"
    return None
