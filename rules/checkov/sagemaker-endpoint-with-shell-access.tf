# found: sagemaker-endpoint-with-shell-access
resource "aws_sagemaker_endpoint_configuration" "open" {
  production_variants {
    model_name        = "m"
    enable_ssm_access = true
  }
}

# ok: sagemaker-endpoint-with-shell-access
resource "aws_sagemaker_endpoint_configuration" "closed" {
  production_variants {
    model_name        = "m"
    enable_ssm_access = false
  }
}

# ok: sagemaker-endpoint-with-shell-access
resource "aws_sagemaker_endpoint_configuration" "unsaid" {
  production_variants {
    model_name = "m"
  }
}
