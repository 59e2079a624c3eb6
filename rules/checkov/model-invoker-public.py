"""Everyone may invoke the model service."""

from __future__ import annotations

from _policy import Resource, policy, true

METADATA = {
    "title": "Everyone may invoke the model service",
    "severity": "high",
    "confidence": "firm",
    "rationale": """\
allUsers is the whole internet and allAuthenticatedUsers everyone with an account of the
provider's, in any organisation.
""",
    "remediation": """\
Name the caller:

    member = "serviceAccount:${google_service_account.gateway.email}"
""",
    "cwe": ["CWE-284", "CWE-306"],
    "owasp": ["API2:2023"],
    "controls": ["AUTHN-1", "IAM-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/284.html",
        "https://cwe.mitre.org/data/definitions/306.html",
        "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/cloud_run_v2_service_iam",
    ],
    "since": "0.1.0",
}


@policy(
    __file__,
    METADATA["title"],
    "google_cloud_run_v2_service",
    "google_cloud_run_v2_service_iam_member",
    "google_cloud_run_v2_service_iam_binding",
    "google_vertex_ai_endpoint_iam_member",
    "google_vertex_ai_endpoint_iam_binding",
)
def judge(resource: Resource) -> str | None:
    """A grant to everyone, or a service that asks for none."""
    for value in (*resource.all("member"), *resource.all("members")):
        if str(value) in ("allUsers", "allAuthenticatedUsers"):
            return f"{value} may invoke it"
    if true(resource.first("invoker_iam_disabled")):
        return "the check of invokers is switched off (invoker_iam_disabled)"
    return None
