# ok: region-outside-allowed
provider "aws" {
  region = "eu-central-1"
}

# found: region-outside-allowed
provider "aws" {
  alias  = "replica"
  region = "us-east-1"
}

# found: region-outside-allowed
resource "google_vertex_ai_endpoint" "far" {
  name         = "1"
  display_name = "m"
  location     = "us-central1"
}

# found: region-outside-allowed
resource "aws_secretsmanager_secret" "copied" {
  name = "key"
  replica {
    region = "ap-southeast-2"
  }
}

# found: region-outside-allowed
resource "azurerm_machine_learning_workspace" "far" {
  name     = "ws"
  location = "East US"
}

# found: region-outside-allowed
resource "aws_instance" "zone" {
  availability_zone = "us-west-2b"
}

# ok: region-outside-allowed
resource "google_vertex_ai_endpoint" "near" {
  name         = "2"
  display_name = "m"
  location     = "europe-west3"
}

# ok: region-outside-allowed
resource "azurerm_machine_learning_workspace" "near" {
  name     = "ws"
  location = "Germany West Central"
}

# ok: region-outside-allowed
resource "aws_instance" "near" {
  availability_zone = "eu-central-1b"
}

# ok: region-outside-allowed
resource "google_compute_global_address" "everywhere" {
  name     = "a"
  location = "global"
}

# ok: region-outside-allowed
resource "aws_glue_catalog_table" "no_region" {
  name = "t"
  storage_descriptor {
    location = "s3://bucket/us-east-1/"
  }
}

variable "region" {}

# ok: region-outside-allowed
resource "google_vertex_ai_endpoint" "chosen_by_the_caller" {
  name         = "3"
  display_name = "m"
  location     = var.region
}
