# The way in: signed requests only, throttled, logged.

resource "aws_cloudwatch_log_group" "access" {
  name              = "/${var.name}/access"
  retention_in_days = 400
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_apigatewayv2_api" "main" {
  name          = var.name
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_integration" "invoke" {
  api_id             = aws_apigatewayv2_api.main.id
  integration_type   = "HTTP_PROXY"
  integration_method = "POST"
  integration_uri    = "https://runtime.sagemaker.${var.region}.amazonaws.com/endpoints/${aws_sagemaker_endpoint.sentiment.name}/invocations"
  credentials_arn    = var.invoke_role_arn
}

resource "aws_apigatewayv2_route" "predict" {
  api_id             = aws_apigatewayv2_api.main.id
  route_key          = "POST /v1/predict"
  target             = "integrations/${aws_apigatewayv2_integration.invoke.id}"
  authorization_type = "AWS_IAM"
}

resource "aws_apigatewayv2_stage" "live" {
  api_id      = aws_apigatewayv2_api.main.id
  name        = "live"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit  = 20
    throttling_burst_limit = 40
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      request = "$context.requestId"
      caller  = "$context.identity.caller"
      route   = "$context.routeKey"
      status  = "$context.status"
    })
  }
}
