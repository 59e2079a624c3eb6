# found: model-runs-code-of-the-hub
resource "aws_sagemaker_model" "trusts" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  primary_container {
    image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/tgi:2.0"
    environment = {
      HF_MODEL_ID          = "org/model"
      HF_TRUST_REMOTE_CODE = "true"
    }
  }
}

# found: model-runs-code-of-the-hub
resource "google_cloud_run_v2_service" "trusts" {
  name     = "model"
  location = "europe-west3"
  template {
    containers {
      image = "europe-docker.pkg.dev/p/r/vllm:0.6"
      args  = ["--model", "org/model", "--trust-remote-code"]
    }
  }
}

# ok: model-runs-code-of-the-hub
resource "aws_sagemaker_model" "does_not" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  primary_container {
    image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/tgi:2.0"
    environment = {
      HF_MODEL_ID          = "org/model"
      HF_TRUST_REMOTE_CODE = "false"
    }
  }
}

variable "trust" {}

# ok: model-runs-code-of-the-hub
resource "aws_sagemaker_model" "chosen_by_the_caller" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  primary_container {
    image       = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/tgi:2.0"
    environment = { HF_TRUST_REMOTE_CODE = var.trust }
  }
}
