# The model behind a managed endpoint, in private subnets without a way to the internet.

resource "aws_security_group" "serving" {
  name        = "${var.name}-serving"
  description = "Serving: calls from members of this group, weights from S3."
  vpc_id      = var.vpc_id

  ingress {
    description = "Private callers of the runtime"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    self        = true
  }

  egress {
    description     = "Model files through the S3 gateway endpoint"
    protocol        = "tcp"
    from_port       = 443
    to_port         = 443
    prefix_list_ids = [var.s3_prefix_list_id]
  }
}

resource "aws_sagemaker_model" "sentiment" {
  name                     = var.name
  execution_role_arn       = var.execution_role_arn
  enable_network_isolation = true

  primary_container {
    image          = var.image
    model_data_url = "s3://${aws_s3_bucket.models.bucket}/sentiment-base/model.tar.gz"
  }

  vpc_config {
    subnets            = var.subnet_ids
    security_group_ids = [aws_security_group.serving.id]
  }
}

resource "aws_sagemaker_endpoint_configuration" "sentiment" {
  name        = var.name
  kms_key_arn = aws_kms_key.main.arn

  production_variants {
    variant_name           = "main"
    model_name             = aws_sagemaker_model.sentiment.name
    initial_instance_count = 2
    instance_type          = "ml.m6i.large"
  }

  # A sample of requests and answers, to look into an abuse afterwards.
  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = 20
    destination_s3_uri          = "s3://${aws_s3_bucket.models.bucket}/captured"
    kms_key_id                  = aws_kms_key.main.arn

    capture_options {
      capture_mode = "InputAndOutput"
    }
  }
}

resource "aws_sagemaker_endpoint" "sentiment" {
  name                 = var.name
  endpoint_config_name = aws_sagemaker_endpoint_configuration.sentiment.name
}

# Callers inside the network reach the endpoint here, without leaving it.
resource "aws_vpc_endpoint" "runtime" {
  vpc_id              = var.vpc_id
  vpc_endpoint_type   = "Interface"
  service_name        = "com.amazonaws.${var.region}.sagemaker.runtime"
  subnet_ids          = var.subnet_ids
  security_group_ids  = [aws_security_group.serving.id]
  private_dns_enabled = true
}
