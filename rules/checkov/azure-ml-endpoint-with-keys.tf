# found: azure-ml-endpoint-with-keys
resource "azapi_resource" "key" {
  type = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints@2024-04-01"
  name = "model"
  body = {
    properties = { authMode = "Key", publicNetworkAccess = "Disabled" }
  }
}

# ok: azure-ml-endpoint-with-keys
resource "azapi_resource" "token" {
  type = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints@2024-04-01"
  name = "model"
  body = {
    properties = { authMode = "AADToken", publicNetworkAccess = "Disabled" }
  }
}
