# found: azure-ml-endpoint-public
resource "azapi_resource" "endpoint" {
  type = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints@2024-04-01"
  name = "model"
  body = {
    properties = {
      authMode            = "AADToken"
      publicNetworkAccess = "Enabled"
    }
  }
}

# found: azure-ml-endpoint-public
resource "azapi_resource" "unsaid" {
  type = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints@2024-04-01"
  name = "model"
  body = jsonencode({ properties = { authMode = "AADToken" } })
}

# ok: azure-ml-endpoint-public
resource "azapi_resource" "inside" {
  type = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints@2024-04-01"
  name = "model"
  body = {
    properties = {
      authMode            = "AADToken"
      publicNetworkAccess = "Disabled"
    }
  }
}

variable "access" {}

# ok: azure-ml-endpoint-public
resource "azapi_resource" "chosen_by_the_caller" {
  type = "Microsoft.MachineLearningServices/workspaces@2024-04-01"
  name = "ws"
  body = {
    properties = { publicNetworkAccess = var.access }
  }
}

# A project takes the network of its hub.
# ok: azure-ml-endpoint-public
resource "azapi_resource" "project" {
  type = "Microsoft.MachineLearningServices/workspaces@2024-04-01"
  name = "p"
  body = {
    kind       = "Project"
    properties = { hubResourceId = "h" }
  }
}

# ok: azure-ml-endpoint-public
resource "azapi_resource" "another_kind" {
  type = "Microsoft.MachineLearningServices/workspaces/computes@2024-04-01"
  name = "c"
  body = {
    properties = { computeType = "AmlCompute" }
  }
}
