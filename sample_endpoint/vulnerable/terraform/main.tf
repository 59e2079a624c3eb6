# The endpoint as it is often set up: it works, and most of it is open.

variable "vpc_id" {
  type = string
}

variable "execution_role_arn" {
  type = string
}

resource "aws_s3_bucket" "models" { # weakness: tf-bucket-unlogged, tf-bucket-public
  bucket = "sentiment-models"
}

resource "aws_s3_bucket_acl" "models" {
  bucket = aws_s3_bucket.models.id
  acl    = "public-read"
}

resource "aws_s3_bucket_public_access_block" "models" {
  bucket                  = aws_s3_bucket.models.id
  block_public_acls       = false # weakness: tf-public-acls
  block_public_policy     = false # weakness: tf-public-policy
  ignore_public_acls      = false
  restrict_public_buckets = false
}

resource "aws_security_group" "serving" {
  name        = "sentiment-serving"
  description = "Serving"
  vpc_id      = var.vpc_id

  ingress {
    description = "Shell"
    protocol    = "tcp"
    from_port   = 22 # weakness: tf-open-ssh
    to_port     = 22
    cidr_blocks = ["0.0.0.0/0"]
  }

  egress {
    description = "Anywhere"
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"] # weakness: tf-open-egress
  }
}

resource "aws_sagemaker_model" "sentiment" {
  name               = "sentiment"
  execution_role_arn = var.execution_role_arn

  enable_network_isolation = false # weakness: tf-model-not-isolated

  primary_container {
    image          = "registry.example.com/sentiment:latest"
    model_data_url = "s3://sentiment-models/model.tar.gz"
  }
}

resource "aws_sagemaker_endpoint_configuration" "sentiment" { # weakness: tf-endpoint-unencrypted
  name = "sentiment"

  production_variants {
    variant_name           = "main"
    model_name             = aws_sagemaker_model.sentiment.name
    initial_instance_count = 1
    instance_type          = "ml.m6i.large"
  }
}

resource "aws_sagemaker_notebook_instance" "lab" {
  name                   = "sentiment-lab"
  role_arn               = var.execution_role_arn
  instance_type          = "ml.t3.medium"
  direct_internet_access = "Enabled" # weakness: tf-notebook-internet
  root_access            = "Enabled" # weakness: tf-notebook-root
}

resource "aws_db_instance" "jobs" {
  identifier                  = "sentiment-jobs"
  engine                      = "postgres"
  instance_class              = "db.t4g.small"
  allocated_storage           = 20
  username                    = "serving"
  manage_master_user_password = true
  storage_encrypted           = false # weakness: tf-database-unencrypted
  publicly_accessible         = true  # weakness: tf-database-public
}

resource "aws_secretsmanager_secret" "api_keys" { # weakness: tf-secret-default-key
  name = "sentiment/api-keys"
}

resource "aws_kms_key" "main" {
  description         = "Unused so far"
  enable_key_rotation = false # weakness: tf-key-not-rotated
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/sentiment/access"
  retention_in_days = 7 # weakness: tf-short-logs
}

resource "aws_apigatewayv2_api" "main" {
  name          = "sentiment"
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_route" "predict" {
  api_id             = aws_apigatewayv2_api.main.id
  route_key          = "POST /v1/predict"
  authorization_type = "NONE" # weakness: tf-route-without-auth
}

resource "aws_apigatewayv2_stage" "live" { # weakness: tf-stage-unlogged
  api_id      = aws_apigatewayv2_api.main.id
  name        = "live"
  auto_deploy = true
}

resource "aws_iam_policy" "serving" {
  name = "sentiment-serving"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "*", Resource = "*" } # weakness: tf-policy-star
    ]
  })
}
