# found: gcp-secret-without-rotation
resource "google_secret_manager_secret" "forever" {
  secret_id = "key"
}

# found: gcp-secret-without-rotation
resource "google_secret_manager_secret" "yearly" {
  secret_id = "key"
  rotation {
    rotation_period = "31536000s"
  }
}

# ok: gcp-secret-without-rotation
resource "google_secret_manager_secret" "monthly" {
  secret_id = "key"
  rotation {
    rotation_period = "2592000s"
  }
}

variable "period" {}

# ok: gcp-secret-without-rotation
resource "google_secret_manager_secret" "chosen_by_the_caller" {
  secret_id = "key"
  rotation {
    rotation_period = var.period
  }
}
