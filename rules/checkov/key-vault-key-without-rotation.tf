# found: key-vault-key-without-rotation
resource "azurerm_key_vault_key" "forever" {
  name         = "models"
  key_vault_id = "v"
  key_type     = "RSA"
  key_opts     = ["wrapKey", "unwrapKey"]
}

# found: key-vault-key-without-rotation
resource "azurerm_key_vault_key" "only_told" {
  name         = "models"
  key_vault_id = "v"
  key_type     = "RSA"
  key_opts     = ["wrapKey", "unwrapKey"]
  rotation_policy {
    expire_after         = "P90D"
    notify_before_expiry = "P29D"
  }
}

# ok: key-vault-key-without-rotation
resource "azurerm_key_vault_key" "rotated" {
  name         = "models"
  key_vault_id = "v"
  key_type     = "RSA"
  key_opts     = ["wrapKey", "unwrapKey"]
  rotation_policy {
    automatic {
      time_before_expiry = "P30D"
    }
    expire_after = "P90D"
  }
}
