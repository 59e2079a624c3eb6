"""API Management takes tokens that are expired or meant for others."""

from __future__ import annotations

import re

from _policy import Resource, policy

METADATA = {
    "title": "API Management takes tokens that are expired or meant for others",
    "severity": "medium",
    "confidence": "firm",
    "rationale": """\
validate-jwt without audiences accepts every token of the issuer, also those of other
applications; without expiry a stolen token is good for ever.
""",
    "remediation": """\
Check for whom the token is, and until when:

    <validate-jwt header-name="Authorization" require-expiration-time="true">
      <openid-config url="https://login.example.com/.well-known/openid-configuration" />
      <audiences><audience>model-endpoint</audience></audiences>
    </validate-jwt>
""",
    "cwe": ["CWE-345", "CWE-613"],
    "owasp": ["API2:2023"],
    "controls": ["AUTHN-2"],
    "references": [
        "https://cwe.mitre.org/data/definitions/345.html",
        "https://cwe.mitre.org/data/definitions/613.html",
        "https://learn.microsoft.com/azure/api-management/validate-jwt-policy",
    ],
    "since": "0.1.0",
}


_BLOCK = re.compile(r"<validate-jwt\b.*?(?:/>|</validate-jwt>)", re.DOTALL)


@policy(
    __file__,
    METADATA["title"],
    "azurerm_api_management_policy",
    "azurerm_api_management_api_policy",
    "azurerm_api_management_api_operation_policy",
    "azurerm_api_management_product_policy",
)
def judge(resource: Resource) -> str | None:
    """Audiences, or claims that are required in their place."""
    text = str(resource.first("xml_content") or "")
    for block in _BLOCK.findall(text):
        if 'require-expiration-time="false"' in block:
            return "validate-jwt takes tokens without an expiry"
        if "<audience" not in block and "<required-claims" not in block:
            return "validate-jwt checks no audience"
    return None
