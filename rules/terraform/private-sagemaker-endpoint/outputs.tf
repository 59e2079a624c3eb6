output "url" {
  description = "Where callers in the network reach the model."
  value       = local.trial.url
}

output "endpoint_name" {
  description = "The SageMaker endpoint."
  value       = aws_sagemaker_endpoint.main.name
}

output "api_key_secret_arn" {
  description = "The secret that holds the API key; clients read its current version."
  value       = aws_secretsmanager_secret.api_key.arn
}

output "kms_key_arn" {
  description = "The key that encrypts everything at rest."
  value       = aws_kms_key.main.arn
}
