# The model: private subnets, no way out of the container, everything encrypted, calls recorded.

resource "aws_vpc_security_group_egress_rule" "storage" {
  security_group_id = aws_security_group.inner.id
  description       = "Model files through the S3 gateway endpoint"
  prefix_list_id    = var.s3_prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_iam_role" "model" {
  name = "${var.name}-model"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "sagemaker.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "model" {
  name = "own"
  role = aws_iam_role.model.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ModelFiles"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "arn:aws:s3:::${var.model_bucket}/${var.model_key}"
      },
      {
        Sid      = "Capture"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "arn:aws:s3:::${var.capture_bucket}/${var.name}/*"
      },
      {
        Sid      = "Image"
        Effect   = "Allow"
        Action   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
        Resource = var.image_repository_arn
      },
      {
        Sid      = "ThisKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [aws_kms_key.main.arn, var.model_kms_key_arn]
      },
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:aws:logs:${var.region}:${local.account}:log-group:/aws/sagemaker/Endpoints/${var.name}:*"
      }
    ]
  })
}

resource "aws_cloudwatch_log_group" "model" {
  name              = "/aws/sagemaker/Endpoints/${var.name}"
  retention_in_days = 400
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_sagemaker_model" "main" {
  name                     = var.name
  execution_role_arn       = aws_iam_role.model.arn
  enable_network_isolation = true

  primary_container {
    image          = var.image
    model_data_url = "s3://${var.model_bucket}/${var.model_key}"
  }

  vpc_config {
    subnets            = var.subnet_ids
    security_group_ids = [aws_security_group.inner.id]
  }

  depends_on = [aws_iam_role_policy.model]
}

resource "aws_sagemaker_endpoint_configuration" "main" {
  name        = var.name
  kms_key_arn = aws_kms_key.main.arn

  production_variants {
    variant_name           = "main"
    model_name             = aws_sagemaker_model.main.name
    initial_instance_count = var.instance_count
    instance_type          = var.instance_type
  }

  data_capture_config {
    enable_capture              = true
    initial_sampling_percentage = var.capture_percentage
    destination_s3_uri          = "s3://${var.capture_bucket}/${var.name}"
    kms_key_id                  = aws_kms_key.main.arn

    capture_options {
      capture_mode = "Input"
    }

    capture_options {
      capture_mode = "Output"
    }
  }
}

resource "aws_sagemaker_endpoint" "main" {
  name                 = var.name
  endpoint_config_name = aws_sagemaker_endpoint_configuration.main.name
  depends_on           = [aws_cloudwatch_log_group.model]
}
