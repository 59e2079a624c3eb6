"""Vertex AI endpoint answers on the public internet."""

from __future__ import annotations

from _policy import Resource, false, policy

METADATA = {
    "title": "Vertex AI endpoint answers on the public internet",
    "severity": "medium",
    "confidence": "firm",
    "rationale": """\
Without a network or Private Service Connect the endpoint has a public address, and
credentials alone stand between the internet and the model.
""",
    "remediation": """\
Take it into your network:

    private_service_connect_config {
      enable_private_service_connect = true
      project_allowlist              = [var.project]
    }
""",
    "cwe": ["CWE-668"],
    "owasp": ["API8:2023"],
    "controls": ["NET-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/668.html",
        "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/vertex_ai_endpoint",
    ],
    "since": "0.1.0",
}


@policy(__file__, METADATA["title"], "google_vertex_ai_endpoint")
def judge(resource: Resource) -> str | None:
    """Either a peered network or Private Service Connect makes it private."""
    connect = "private_service_connect_config.enable_private_service_connect"
    if resource.has("network") or any(not false(value) for value in resource.all(connect)):
        return None
    return "neither network nor private_service_connect_config is set"
