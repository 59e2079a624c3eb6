"""Key in Key Vault is never rotated."""

from __future__ import annotations

from _policy import Resource, policy

METADATA = {
    "title": "Key in Key Vault is never rotated",
    "severity": "medium",
    "confidence": "firm",
    "rationale": """\
Without a rotation policy a key encrypts models and requests for as long as the vault lives.
""",
    "remediation": """\
Have Key Vault make a new version in time:

    rotation_policy {
      automatic {
        time_before_expiry = "P30D"
      }
      expire_after = "P90D"
    }
""",
    "cwe": ["CWE-324"],
    "owasp": ["API2:2023"],
    "controls": ["SECRETS-ROTATE-1"],
    "references": [
        "https://cwe.mitre.org/data/definitions/324.html",
        "https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/key_vault_key",
    ],
    "since": "0.1.0",
}


@policy(__file__, METADATA["title"], "azurerm_key_vault_key")
def judge(resource: Resource) -> str | None:
    """A policy that only notifies rotates nothing."""
    if not resource.has("rotation_policy"):
        return "no rotation_policy"
    if not resource.has("rotation_policy.automatic"):
        return "its rotation_policy has no automatic block, so it only tells of the expiry"
    return None
