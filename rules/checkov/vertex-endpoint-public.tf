# found: vertex-endpoint-public
resource "google_vertex_ai_endpoint" "public" {
  name         = "1"
  display_name = "model"
  location     = "europe-west3"
}

# ok: vertex-endpoint-public
resource "google_vertex_ai_endpoint" "peered" {
  name         = "2"
  display_name = "model"
  location     = "europe-west3"
  network      = "projects/1/global/networks/models"
}

# ok: vertex-endpoint-public
resource "google_vertex_ai_endpoint" "connected" {
  name         = "3"
  display_name = "model"
  location     = "europe-west3"
  private_service_connect_config {
    enable_private_service_connect = true
  }
}
