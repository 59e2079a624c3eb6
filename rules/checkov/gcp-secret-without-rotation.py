"""Secret in Secret Manager is never rotated."""

from __future__ import annotations

from _policy import Resource, policy

METADATA = {
    "title": "Secret in Secret Manager is never rotated",
    "severity": "medium",
    "confidence": "firm",
    "rationale": """\
A secret that stays for years is known to everyone who ever saw it. The rotation block makes
Secret Manager ask for a new version in time.
""",
    "remediation": """\
Set a period, and a topic that tells your rotation function:

    rotation {
      rotation_period    = "2592000s"
      next_rotation_time = "2026-01-01T00:00:00Z"
    }
    topics {
      name = google_pubsub_topic.rotate.id
    }
""",
    "cwe": ["CWE-324"],
    "owasp": ["API2:2023"],
    "controls": ["SECRETS-ROTATE-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/324.html",
        "https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/secret_manager_secret",
    ],
    "since": "0.1.0",
}


_LIMIT_SECONDS = 90 * 24 * 3600


@policy(__file__, METADATA["title"], "google_secret_manager_secret")
def judge(resource: Resource) -> str | None:
    """No rotation, or one that comes later than in ninety days."""
    if not resource.has("rotation"):
        return "no rotation block"
    period = str(resource.first("rotation.rotation_period") or "")
    if period.endswith("s") and period[:-1].isdigit() and int(period[:-1]) > _LIMIT_SECONDS:
        return f"it is rotated only every {int(period[:-1]) // 86400} days"
    return None
