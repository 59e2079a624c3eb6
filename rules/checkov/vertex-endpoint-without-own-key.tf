# found: vertex-endpoint-without-own-key
resource "google_vertex_ai_endpoint" "plain" {
  name         = "1"
  display_name = "model"
  location     = "europe-west3"
}

variable "key" {}

# ok: vertex-endpoint-without-own-key
resource "google_vertex_ai_endpoint" "ours" {
  name         = "2"
  display_name = "model"
  location     = "europe-west3"
  encryption_spec {
    kms_key_name = var.key
  }
}
