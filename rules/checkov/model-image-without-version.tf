# found: model-image-without-version
resource "aws_sagemaker_model" "latest" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  primary_container {
    image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/model:latest"
  }
}

# found: model-image-without-version
resource "google_cloud_run_v2_service" "untagged" {
  name     = "model"
  location = "europe-west3"
  template {
    containers {
      image = "europe-docker.pkg.dev/p/r/model"
    }
  }
}

# found: model-image-without-version
resource "aws_ecs_task_definition" "latest" {
  family = "model"
  container_definitions = jsonencode([
    { name = "model", image = "registry.example:5000/model", essential = true }
  ])
}

# ok: model-image-without-version
resource "aws_sagemaker_model" "tagged" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  primary_container {
    image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/model:2026-01"
  }
}

# ok: model-image-without-version
resource "aws_sagemaker_model" "digest" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  container {
    image = "registry.example:5000/model@sha256:0f1e2d"
  }
}

variable "image" {}

# ok: model-image-without-version
resource "aws_sagemaker_model" "chosen_by_the_caller" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  primary_container {
    image = var.image
  }
}

# ok: model-image-without-version
resource "aws_ecs_task_definition" "composed" {
  family = "model"
  container_definitions = jsonencode([
    { name = "model", image = "${var.image}", essential = true }
  ])
}
