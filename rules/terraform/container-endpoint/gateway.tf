# The only way in: an HTTP API with authorizer and limits, and a link into the network.

locals {
  trial = {
    url    = "${aws_apigatewayv2_api.main.api_endpoint}${var.trial_path}"
    method = var.trial_method
    body   = var.trial_body
  }
}

resource "aws_apigatewayv2_api" "main" {
  name          = var.name
  description   = "API of ${var.name}."
  protocol_type = "HTTP"
}

resource "aws_apigatewayv2_vpc_link" "main" {
  name               = var.name
  subnet_ids         = var.subnet_ids
  security_group_ids = [aws_security_group.link.id]
}

resource "aws_apigatewayv2_integration" "container" {
  api_id             = aws_apigatewayv2_api.main.id
  integration_type   = "HTTP_PROXY"
  integration_method = "ANY"
  integration_uri    = aws_lb_listener.main.arn
  connection_type    = "VPC_LINK"
  connection_id      = aws_apigatewayv2_vpc_link.main.id

  tls_config {
    server_name_to_verify = var.server_name
  }
}

resource "aws_apigatewayv2_authorizer" "key" {
  api_id                            = aws_apigatewayv2_api.main.id
  name                              = "key"
  authorizer_type                   = "REQUEST"
  authorizer_uri                    = aws_lambda_function.authorize.invoke_arn
  authorizer_payload_format_version = "2.0"
  enable_simple_responses           = true
  identity_sources                  = ["$request.header.x-api-key"]
  authorizer_result_ttl_in_seconds  = 0 # a revoked key is refused at once
}

resource "aws_lambda_permission" "authorize" {
  statement_id  = "GatewayAsks"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.authorize.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.main.execution_arn}/authorizers/${aws_apigatewayv2_authorizer.key.id}"
}

resource "aws_apigatewayv2_route" "main" {
  for_each           = toset(var.routes)
  api_id             = aws_apigatewayv2_api.main.id
  route_key          = each.value
  target             = "integrations/${aws_apigatewayv2_integration.container.id}"
  authorization_type = "CUSTOM"
  authorizer_id      = aws_apigatewayv2_authorizer.key.id
}

resource "aws_apigatewayv2_stage" "live" {
  api_id      = aws_apigatewayv2_api.main.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit    = var.rate_limit
    throttling_burst_limit   = var.burst_limit
    detailed_metrics_enabled = true
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      request = "$context.requestId"
      address = "$context.identity.sourceIp"
      route   = "$context.routeKey"
      status  = "$context.status"
      time    = "$context.requestTime"
    })
  }
}

resource "terraform_data" "way_in" {
  input = local.trial.url

  depends_on = [
    aws_apigatewayv2_route.main,
    aws_apigatewayv2_stage.live,
    aws_ecs_service.main,
    aws_lambda_permission.authorize,
  ]
}
