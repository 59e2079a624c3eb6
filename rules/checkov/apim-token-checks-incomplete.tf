# found: apim-token-checks-incomplete
resource "azurerm_api_management_api_policy" "any_audience" {
  api_name    = "model"
  xml_content = <<XML
<policies><inbound>
  <validate-jwt header-name="Authorization">
    <openid-config url="https://login.example.com/.well-known/openid-configuration" />
  </validate-jwt>
</inbound></policies>
XML
}

# ok: apim-token-checks-incomplete
resource "azurerm_api_management_api_policy" "ours" {
  api_name    = "model"
  xml_content = <<XML
<policies><inbound>
  <validate-jwt header-name="Authorization">
    <audiences><audience>model</audience></audiences>
  </validate-jwt>
</inbound></policies>
XML
}

# ok: apim-token-checks-incomplete
resource "azurerm_api_management_api_policy" "no_token" {
  api_name    = "model"
  xml_content = "<policies><inbound><base /></inbound></policies>"
}
