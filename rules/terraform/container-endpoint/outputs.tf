output "url" {
  description = "Where callers reach the endpoint."
  value       = aws_apigatewayv2_api.main.api_endpoint
}

output "api_key_secret_arn" {
  description = "The secret that holds the API key; clients read its current version."
  value       = aws_secretsmanager_secret.api_key.arn
}

output "kms_key_arn" {
  description = "The key that encrypts everything at rest."
  value       = aws_kms_key.main.arn
}
