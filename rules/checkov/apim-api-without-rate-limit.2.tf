# ok: apim-api-without-rate-limit
resource "azurerm_api_management_api" "bounded_above" {
  name = "model-bounded-above"
}

resource "azurerm_api_management_policy" "all" {
  api_management_id = "a"
  xml_content       = "<policies><inbound><rate-limit calls=\"60\" renewal-period=\"60\" /></inbound></policies>"
}
