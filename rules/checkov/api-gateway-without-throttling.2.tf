# found: api-gateway-without-throttling
resource "aws_api_gateway_stage" "unbounded" {
  rest_api_id   = "a"
  deployment_id = "d"
  stage_name    = "prod"
}

resource "aws_api_gateway_method_settings" "logs_only" {
  rest_api_id = "a"
  stage_name  = "prod"
  method_path = "*/*"
  settings {
    logging_level = "INFO"
  }
}
