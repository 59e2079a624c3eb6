# found: secret-in-environment-block
resource "aws_sagemaker_model" "token" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  primary_container {
    image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/tgi:2.0"
    environment = {
      HUGGING_FACE_HUB_TOKEN = "hub-token-of-the-fixture"
    }
  }
}

# found: secret-in-environment-block
resource "aws_ecs_task_definition" "key" {
  family                = "model"
  container_definitions = <<JSON
[{"name": "m", "image": "m:1", "environment": [{"name": "API_KEY", "value": "key-of-the-fixture"}]}]
JSON
}

locals {
  env = { DB_PASSWORD = "password-of-the-fixture" }
}

# found: secret-in-environment-block
resource "aws_lambda_function" "local" {
  function_name = "front"
  role          = "arn:aws:iam::111122223333:role/front"
  environment {
    variables = local.env
  }
}

# found: secret-in-environment-block
resource "google_cloud_run_v2_service" "key" {
  name     = "model"
  location = "europe-west3"
  template {
    containers {
      image = "europe-docker.pkg.dev/p/r/m:1"
      env {
        name  = "OPENAI_API_KEY"
        value = "key-of-the-fixture"
      }
    }
  }
}

variable "token" {
  sensitive = true
}

# ok: secret-in-environment-block
resource "aws_sagemaker_model" "given" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  primary_container {
    image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/tgi:2.0"
    environment = {
      HUGGING_FACE_HUB_TOKEN = var.token
      MAX_INPUT_TOKEN        = "4096"
      API_KEY_SECRET         = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:key"
    }
  }
}

# ok: secret-in-environment-block
resource "aws_ecs_task_definition" "named" {
  family = "model"
  container_definitions = jsonencode([{
    name = "m", image = "m:1",
    environment = [{ name = "TOKENIZERS_PARALLELISM", value = "false" }],
    secrets     = [{ name = "API_KEY", valueFrom = "arn:aws:secretsmanager:eu-central-1:1:secret:k" }]
  }])
}

# ok: secret-in-environment-block
resource "google_cloud_run_v2_service" "named" {
  name     = "model"
  location = "europe-west3"
  template {
    containers {
      image = "europe-docker.pkg.dev/p/r/m:1"
      env {
        name = "OPENAI_API_KEY"
        value_source {
          secret_key_ref {
            secret = "key"
          }
        }
      }
    }
  }
}
