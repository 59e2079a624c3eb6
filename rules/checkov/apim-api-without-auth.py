"""API Management lets anyone call this API."""

from __future__ import annotations

from _policy import Resource, false, gateway_policies, policy

METADATA = {
    "title": "API Management lets anyone call this API",
    "severity": "high",
    "confidence": "firm",
    "rationale": """\
The API asks for no subscription key, and no policy of it or above it validates a token, so
nothing on the way to the model asks who is calling.
""",
    "remediation": """\
Validate a token in the API's policy:

    <inbound>
      <validate-jwt header-name="Authorization" require-expiration-time="true">
        <openid-config url="https://login.example.com/.well-known/openid-configuration" />
        <audiences><audience>model-endpoint</audience></audiences>
        <issuers><issuer>https://login.example.com</issuer></issuers>
      </validate-jwt>
    </inbound>
""",
    "cwe": ["CWE-306"],
    "owasp": ["API2:2023"],
    "controls": ["AUTHN-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/306.html",
        "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/api_management_api",
    ],
    "since": "0.1.0",
}


_CHECKS = (
    "validate-jwt",
    "validate-azure-ad-token",
    "validate-client-certificate",
    "authentication",
)


@policy(__file__, METADATA["title"], "azurerm_api_management_api")
def judge(resource: Resource) -> str | None:
    """A policy whose text is not known could hold the check."""
    if not false(resource.first("subscription_required")):
        return None
    for text in gateway_policies(resource):
        if text is None or any(f"<{word}" in text for word in _CHECKS):
            return None
    return "subscription_required is false, and no policy validates a token"
