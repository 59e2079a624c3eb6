# The endpoint's API key: made here without a trace in the state, rotated by a function of ours.

ephemeral "random_password" "first" {
  length  = 43
  special = false
}

resource "aws_secretsmanager_secret" "api_key" {
  name                    = "${var.name}/api-key"
  description             = "API key of ${var.name}."
  kms_key_id              = aws_kms_key.main.arn
  recovery_window_in_days = 30
}

resource "aws_secretsmanager_secret_version" "first" {
  secret_id                = aws_secretsmanager_secret.api_key.id
  secret_string_wo         = ephemeral.random_password.first.result
  secret_string_wo_version = 1
}

resource "aws_secretsmanager_secret_rotation" "api_key" {
  secret_id           = aws_secretsmanager_secret.api_key.id
  rotation_lambda_arn = aws_lambda_function.rotate.arn

  rotation_rules {
    automatically_after_days = var.rotate_after_days
  }

  # The first rotation comes at once and tries its key: the way in must be there.
  depends_on = [
    aws_lambda_permission.rotate,
    aws_secretsmanager_secret_version.first,
    terraform_data.way_in,
  ]
}

resource "aws_lambda_permission" "rotate" {
  statement_id   = "SecretsManagerRotates"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.rotate.function_name
  principal      = "secretsmanager.amazonaws.com"
  source_account = local.account
  source_arn     = aws_secretsmanager_secret.api_key.arn
}
