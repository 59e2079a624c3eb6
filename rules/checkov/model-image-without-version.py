"""Model server runs an image without a fixed version."""

from __future__ import annotations

from _policy import Resource, containers, known, policy

METADATA = {
    "title": "Model server runs an image without a fixed version",
    "severity": "medium",
    "confidence": "firm",
    "rationale": """\
An image by `latest`, or without any tag, is whatever was pushed last: what was tested is
not what serves, and who can push to the registry can change the endpoint.
""",
    "remediation": """\
Name a version, better a digest:

    image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/model@sha256:0f1e..."
""",
    "cwe": ["CWE-1357", "CWE-829"],
    "owasp": ["API8:2023", "LLM03:2025"],
    "controls": ["SUPPLY-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/1357.html",
        "https://cwe.mitre.org/data/definitions/829.html",
        "https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/sagemaker_model",
    ],
    "since": "0.1.0",
}


_PLACES = (
    "primary_container.image",
    "container.image",
    "template.containers.image",
    "template.container.image",
)


@policy(
    __file__,
    METADATA["title"],
    "aws_sagemaker_model",
    "google_cloud_run_v2_service",
    "google_vertex_ai_endpoint_with_model_garden_deployment",
    "azurerm_container_app",
    "azurerm_container_group",
    "aws_ecs_task_definition",
)
def judge(resource: Resource) -> str | None:
    """Images that are literal and end in `:latest` or in no tag at all."""
    images = [image for place in _PLACES for image in resource.all(place)]
    images += [container.get("image") for container in containers(resource)]
    for image in images:
        if known(image) and image and _floats(str(image)):
            return f"image {image} has no fixed version"
    return None


def _floats(image: str) -> bool:
    if "@" in image:
        return False
    tag = image.rsplit("/", 1)[-1].partition(":")[2]
    return tag in ("", "latest")
