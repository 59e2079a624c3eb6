"""Azure ML endpoint or workspace answers on the public internet."""

from __future__ import annotations

import re

from _policy import Resource, body, policy

METADATA = {
    "title": "Azure ML endpoint or workspace answers on the public internet",
    "severity": "medium",
    "confidence": "firm",
    "rationale": """\
Unless publicNetworkAccess is Disabled, the endpoint's address is on the internet, and a
leaked key is enough to call it from anywhere.
""",
    "remediation": """\
Switch it off and reach the workspace by a private endpoint:

    body = {
      properties = {
        authMode            = "AADToken"
        publicNetworkAccess = "Disabled"
      }
    }
""",
    "cwe": ["CWE-668"],
    "owasp": ["API8:2023"],
    "controls": ["NET-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/668.html",
        "https://learn.microsoft.com/azure/machine-learning/concept-secure-online-endpoint",
    ],
    "since": "0.1.0",
}


_TYPE = re.compile(
    r"^Microsoft\.MachineLearningServices/workspaces(?:/onlineEndpoints)?@", re.IGNORECASE
)


@policy(__file__, METADATA["title"], "azapi_resource")
def judge(resource: Resource) -> str | None:
    """The service's default is public; a body that is not known is not judged."""
    if not _TYPE.match(str(resource.first("type"))) or not body(resource):
        return None
    access = [
        value for part in body(resource) for value in part.all("properties.publicNetworkAccess")
    ]
    if not access and "/onlineendpoints@" in str(resource.first("type")).lower():
        return "properties.publicNetworkAccess is not Disabled, which it is not by itself"
    if access and str(access[0]).lower() == "enabled":
        return "properties.publicNetworkAccess is Enabled"
    return None
