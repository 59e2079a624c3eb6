"""Azure ML endpoint is called with a key that stays."""

from __future__ import annotations

import re

from _policy import Resource, body, policy

METADATA = {
    "title": "Azure ML endpoint is called with a key that stays",
    "severity": "medium",
    "confidence": "firm",
    "rationale": """\
A key does not say who calls, does not expire, and opens the endpoint to whoever finds it.
Tokens of Entra ID do all three, and can be bound to a role.
""",
    "remediation": """\
Ask for a token of Entra ID:

    body = {
      properties = {
        authMode = "AADToken"
      }
    }
""",
    "cwe": ["CWE-324", "CWE-287"],
    "owasp": ["API2:2023"],
    "controls": ["AUTHN-1", "SECRETS-ROTATE-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/324.html",
        "https://cwe.mitre.org/data/definitions/287.html",
        "https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint",
    ],
    "since": "0.1.0",
}


_TYPE = re.compile(
    r"^Microsoft\.MachineLearningServices/workspaces/(?:online|batch|serverless)Endpoints@",
    re.IGNORECASE,
)


@policy(__file__, METADATA["title"], "azapi_resource")
def judge(resource: Resource) -> str | None:
    """Only the mode that is written down; it has no default."""
    if not _TYPE.match(str(resource.first("type"))):
        return None
    modes = [value for part in body(resource) for value in part.all("properties.authMode")]
    return "properties.authMode is Key" if "key" in [str(m).lower() for m in modes] else None
