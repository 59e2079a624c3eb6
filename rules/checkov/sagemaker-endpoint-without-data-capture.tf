# found: sagemaker-endpoint-without-data-capture
resource "aws_sagemaker_endpoint_configuration" "silent" {
  production_variants {
    model_name             = "m"
    instance_type          = "ml.m5.large"
    initial_instance_count = 1
  }
}

# found: sagemaker-endpoint-without-data-capture
resource "aws_sagemaker_endpoint_configuration" "off" {
  production_variants {
    model_name = "m"
  }
  data_capture_config {
    enable_capture              = false
    initial_sampling_percentage = 20
    destination_s3_uri          = "s3://capture/x"
    capture_options { capture_mode = "Input" }
  }
}

# ok: sagemaker-endpoint-without-data-capture
resource "aws_sagemaker_endpoint_configuration" "kept" {
  production_variants {
    model_name = "m"
  }
  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = 20
    destination_s3_uri          = "s3://capture/x"
    capture_options { capture_mode = "Input" }
  }
}

# ok: sagemaker-endpoint-without-data-capture
resource "aws_sagemaker_endpoint_configuration" "serverless_has_no_capture" {
  production_variants {
    model_name = "m"
    serverless_config {
      max_concurrency   = 5
      memory_size_in_mb = 2048
    }
  }
}
