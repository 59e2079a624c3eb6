# The only way in: a private API that the network alone reaches, with authorizer, firewall and limits.

locals {
  trial = {
    url    = "https://${aws_api_gateway_rest_api.main.id}.execute-api.${var.region}.amazonaws.com/live/predict"
    method = "POST"
    body   = var.trial_body
  }
}

resource "aws_api_gateway_rest_api" "main" {
  name                         = var.name
  description                  = "Private API of ${var.name}."
  disable_execute_api_endpoint = false
  minimum_compression_size     = -1

  endpoint_configuration {
    types            = ["PRIVATE"]
    vpc_endpoint_ids = [var.execute_api_vpc_endpoint_id]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_rest_api_policy" "main" {
  rest_api_id = aws_api_gateway_rest_api.main.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "FromTheNetworkOnly"
      Effect    = "Allow"
      Principal = "*" # who it is, the authorizer decides
      Action    = "execute-api:Invoke"
      Resource  = "${aws_api_gateway_rest_api.main.execution_arn}/live/POST/predict"
      Condition = { StringEquals = { "aws:SourceVpce" = var.execute_api_vpc_endpoint_id } }
    }]
  })
}

resource "aws_api_gateway_request_validator" "main" {
  name                        = "all"
  rest_api_id                 = aws_api_gateway_rest_api.main.id
  validate_request_body       = true
  validate_request_parameters = true
}

resource "aws_api_gateway_authorizer" "key" {
  name                             = "key"
  rest_api_id                      = aws_api_gateway_rest_api.main.id
  type                             = "REQUEST"
  authorizer_uri                   = aws_lambda_function.authorize.invoke_arn
  identity_source                  = "method.request.header.x-api-key"
  authorizer_result_ttl_in_seconds = 0 # a revoked key is refused at once
}

resource "aws_lambda_permission" "authorize" {
  statement_id  = "GatewayAsks"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.authorize.function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.main.execution_arn}/authorizers/${aws_api_gateway_authorizer.key.id}"
}

resource "aws_api_gateway_resource" "predict" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  parent_id   = aws_api_gateway_rest_api.main.root_resource_id
  path_part   = "predict"
}

resource "aws_api_gateway_method" "predict" {
  rest_api_id          = aws_api_gateway_rest_api.main.id
  resource_id          = aws_api_gateway_resource.predict.id
  http_method          = "POST"
  authorization        = "CUSTOM"
  authorizer_id        = aws_api_gateway_authorizer.key.id
  request_validator_id = aws_api_gateway_request_validator.main.id
}

resource "aws_iam_role" "invoke" {
  name = "${var.name}-invoke"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "apigateway.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "invoke" {
  name = "own"
  role = aws_iam_role.invoke.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "ThisEndpoint"
      Effect   = "Allow"
      Action   = "sagemaker:InvokeEndpoint"
      Resource = aws_sagemaker_endpoint.main.arn
    }]
  })
}

resource "aws_api_gateway_integration" "predict" {
  rest_api_id             = aws_api_gateway_rest_api.main.id
  resource_id             = aws_api_gateway_resource.predict.id
  http_method             = aws_api_gateway_method.predict.http_method
  type                    = "AWS"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:${var.region}:runtime.sagemaker:path//endpoints/${aws_sagemaker_endpoint.main.name}/invocations"
  credentials             = aws_iam_role.invoke.arn
  passthrough_behavior    = "WHEN_NO_TEMPLATES"
}

resource "aws_api_gateway_method_response" "predict" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  resource_id = aws_api_gateway_resource.predict.id
  http_method = aws_api_gateway_method.predict.http_method
  status_code = "200"
}

resource "aws_api_gateway_integration_response" "predict" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  resource_id = aws_api_gateway_resource.predict.id
  http_method = aws_api_gateway_method.predict.http_method
  status_code = aws_api_gateway_method_response.predict.status_code
  depends_on  = [aws_api_gateway_integration.predict]
}

resource "aws_api_gateway_deployment" "main" {
  rest_api_id = aws_api_gateway_rest_api.main.id

  triggers = {
    content = sha1(jsonencode([
      aws_api_gateway_rest_api_policy.main.policy,
      aws_api_gateway_authorizer.key,
      aws_api_gateway_method.predict,
      aws_api_gateway_integration.predict,
    ]))
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [aws_api_gateway_integration_response.predict]
}

resource "aws_api_gateway_client_certificate" "main" {
  description = "${var.name} to what stands behind it"
}

resource "aws_api_gateway_stage" "live" {
  rest_api_id           = aws_api_gateway_rest_api.main.id
  deployment_id         = aws_api_gateway_deployment.main.id
  stage_name            = "live"
  xray_tracing_enabled  = true
  client_certificate_id = aws_api_gateway_client_certificate.main.id
  cache_cluster_enabled = true
  cache_cluster_size    = "0.5"

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      request = "$context.requestId"
      caller  = "$context.authorizer.principalId"
      address = "$context.identity.sourceIp"
      route   = "$context.httpMethod $context.resourcePath"
      status  = "$context.status"
      time    = "$context.requestTime"
    })
  }
}

# Throttled, without bodies in the logs. What is cached is encrypted; only GET ever is.
resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.main.id
  stage_name  = aws_api_gateway_stage.live.stage_name
  method_path = "*/*"

  settings {
    throttling_rate_limit                      = var.rate_limit
    throttling_burst_limit                     = var.burst_limit
    metrics_enabled                            = true
    logging_level                              = "INFO"
    data_trace_enabled                         = false
    caching_enabled                            = true
    cache_data_encrypted                       = true
    cache_ttl_in_seconds                       = 1
    require_authorization_for_cache_control    = true
    unauthorized_cache_control_header_strategy = "FAIL_WITH_403"
  }
}

resource "aws_wafv2_web_acl_association" "gateway" {
  resource_arn = aws_api_gateway_stage.live.arn
  web_acl_arn  = aws_wafv2_web_acl.main.arn
}

resource "terraform_data" "way_in" {
  input = local.trial.url

  depends_on = [
    aws_api_gateway_method_settings.all,
    aws_api_gateway_stage.live,
    aws_lambda_permission.authorize,
  ]
}
