# found: apim-api-without-auth
resource "azurerm_api_management_api" "open" {
  name                  = "model-open"
  subscription_required = false
}

# ok: apim-api-without-auth
resource "azurerm_api_management_api" "subscribed" {
  name = "model-subscribed"
}

# ok: apim-api-without-auth
resource "azurerm_api_management_api" "token" {
  name                  = "model-token"
  subscription_required = false
}

resource "azurerm_api_management_api_policy" "token" {
  api_name    = azurerm_api_management_api.token.name
  xml_content = <<XML
<policies><inbound>
  <validate-jwt header-name="Authorization"><audiences><audience>m</audience></audiences></validate-jwt>
</inbound></policies>
XML
}

# ok: apim-api-without-auth
resource "azurerm_api_management_api" "in_a_file" {
  name                  = "model-in-a-file"
  subscription_required = false
}

resource "azurerm_api_management_api_policy" "in_a_file" {
  api_name    = azurerm_api_management_api.in_a_file.name
  xml_content = file("policy.xml")
}
