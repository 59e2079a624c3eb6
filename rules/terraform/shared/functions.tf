# Two small functions: one rotates the API key, one lets only its bearers in. Signed, in the network.

locals {
  functions = {
    rotate = {
      actions     = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"]
      timeout     = 240
      concurrency = 1
    }
    authorize = {
      actions     = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"]
      timeout     = 10
      concurrency = 50
    }
  }
}

data "archive_file" "function" {
  for_each    = local.functions
  type        = "zip"
  source_file = "${path.module}/function/${each.key}.py"
  output_path = "${path.root}/.terraform/${var.name}-${each.key}.zip"
}

resource "aws_s3_object" "unsigned" {
  for_each    = local.functions
  bucket      = var.code_bucket
  key         = "${var.name}/unsigned/${each.key}-${data.archive_file.function[each.key].output_md5}.zip"
  source      = data.archive_file.function[each.key].output_path
  kms_key_id  = aws_kms_key.main.arn
  source_hash = data.archive_file.function[each.key].output_md5
}

resource "aws_signer_signing_profile" "code" {
  platform_id = "AWSLambda-SHA384-ECDSA"
  name_prefix = replace(var.name, "-", "_")

  signature_validity_period {
    value = 5
    type  = "YEARS"
  }
}

resource "aws_signer_signing_job" "code" {
  for_each     = local.functions
  profile_name = aws_signer_signing_profile.code.name

  source {
    s3 {
      bucket  = var.code_bucket
      key     = aws_s3_object.unsigned[each.key].key
      version = aws_s3_object.unsigned[each.key].version_id
    }
  }

  destination {
    s3 {
      bucket = var.code_bucket
      prefix = "${var.name}/signed/"
    }
  }
}

resource "aws_lambda_code_signing_config" "code" {
  description = "Only what this module signed runs."

  allowed_publishers {
    signing_profile_version_arns = [aws_signer_signing_profile.code.version_arn]
  }

  policies {
    untrusted_artifact_on_deployment = "Enforce"
  }
}

resource "aws_security_group" "inner" {
  name        = "${var.name}-inner"
  description = "What runs for ${var.name}: to the interface endpoints, and nobody in."
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "inner" {
  security_group_id            = aws_security_group.inner.id
  description                  = "Secrets Manager, KMS, logs, images and the gateway by their interface endpoints"
  referenced_security_group_id = var.interface_endpoints_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_sqs_queue" "failed" {
  name                      = "${var.name}-failed"
  kms_master_key_id         = aws_kms_key.main.arn
  message_retention_seconds = 1209600
}

resource "aws_cloudwatch_log_group" "function" {
  for_each          = local.functions
  name              = "/aws/lambda/${var.name}-${each.key}"
  retention_in_days = 400
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_iam_role" "function" {
  for_each = local.functions
  name     = "${var.name}-${each.key}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  for_each = local.functions
  name     = "own"
  role     = aws_iam_role.function[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ThisSecret"
        Effect   = "Allow"
        Action   = each.value.actions
        Resource = aws_secretsmanager_secret.api_key.arn
      },
      {
        Sid      = "ThisKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = aws_kms_key.main.arn
      },
      {
        Sid      = "Failures"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = aws_sqs_queue.failed.arn
      }
    ]
  })
}

resource "aws_iam_role_policy_attachment" "network" {
  for_each   = local.functions
  role       = aws_iam_role.function[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
}

resource "aws_iam_role_policy_attachment" "traces" {
  for_each   = local.functions
  role       = aws_iam_role.function[each.key].name
  policy_arn = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
}

resource "aws_lambda_function" "rotate" {
  function_name                  = "${var.name}-rotate"
  description                    = "Rotates the API key of ${var.name}."
  role                           = aws_iam_role.function["rotate"].arn
  runtime                        = "python3.13"
  handler                        = "rotate.handler"
  s3_bucket                      = aws_signer_signing_job.code["rotate"].signed_object[0].s3[0].bucket
  s3_key                         = aws_signer_signing_job.code["rotate"].signed_object[0].s3[0].key
  code_signing_config_arn        = aws_lambda_code_signing_config.code.arn
  kms_key_arn                    = aws_kms_key.main.arn
  reserved_concurrent_executions = local.functions["rotate"].concurrency
  timeout                        = local.functions["rotate"].timeout

  environment {
    variables = {
      TRIAL_URL    = local.trial.url
      TRIAL_METHOD = local.trial.method
      TRIAL_BODY   = local.trial.body
    }
  }

  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = [aws_security_group.inner.id]
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.failed.arn
  }

  tracing_config {
    mode = "Active"
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}

resource "aws_lambda_function" "authorize" {
  function_name                  = "${var.name}-authorize"
  description                    = "Lets the bearers of the API key of ${var.name} in."
  role                           = aws_iam_role.function["authorize"].arn
  runtime                        = "python3.13"
  handler                        = "authorize.handler"
  s3_bucket                      = aws_signer_signing_job.code["authorize"].signed_object[0].s3[0].bucket
  s3_key                         = aws_signer_signing_job.code["authorize"].signed_object[0].s3[0].key
  code_signing_config_arn        = aws_lambda_code_signing_config.code.arn
  kms_key_arn                    = aws_kms_key.main.arn
  reserved_concurrent_executions = local.functions["authorize"].concurrency
  timeout                        = local.functions["authorize"].timeout

  environment {
    variables = {
      SECRET_ARN    = aws_secretsmanager_secret.api_key.arn
      GRACE_SECONDS = tostring(var.grace_seconds)
    }
  }

  vpc_config {
    subnet_ids         = var.subnet_ids
    security_group_ids = [aws_security_group.inner.id]
  }

  dead_letter_config {
    target_arn = aws_sqs_queue.failed.arn
  }

  tracing_config {
    mode = "Active"
  }

  depends_on = [aws_cloudwatch_log_group.function, aws_iam_role_policy.function]
}
