# found: model-invoker-public
resource "google_cloud_run_v2_service_iam_member" "everyone" {
  name   = "model"
  role   = "roles/run.invoker"
  member = "allUsers"
}

# found: model-invoker-public
resource "google_cloud_run_v2_service_iam_binding" "accounts" {
  name    = "model"
  role    = "roles/run.invoker"
  members = ["serviceAccount:a@p.iam.gserviceaccount.com", "allAuthenticatedUsers"]
}

# found: model-invoker-public
resource "google_cloud_run_v2_service" "unchecked" {
  name                 = "model"
  location             = "europe-west3"
  invoker_iam_disabled = true
}

# ok: model-invoker-public
resource "google_cloud_run_v2_service_iam_member" "gateway" {
  name   = "model"
  role   = "roles/run.invoker"
  member = "serviceAccount:gateway@p.iam.gserviceaccount.com"
}

variable "member" {}

# ok: model-invoker-public
resource "google_cloud_run_v2_service_iam_member" "chosen_by_the_caller" {
  name   = "model"
  role   = "roles/run.invoker"
  member = var.member
}
