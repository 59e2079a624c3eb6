# found: apim-api-without-rate-limit
resource "azurerm_api_management_api" "unbounded" {
  name = "model-unbounded"
}

# ok: apim-api-without-rate-limit
resource "azurerm_api_management_api" "bounded" {
  name = "model-bounded"
}

resource "azurerm_api_management_api_policy" "bounded" {
  api_name    = azurerm_api_management_api.bounded.name
  xml_content = <<XML
<policies><inbound>
  <llm-token-limit counter-key="k" tokens-per-minute="1000" />
</inbound></policies>
XML
}
