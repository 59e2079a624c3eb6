# found: api-gateway-without-throttling
resource "aws_apigatewayv2_stage" "unbounded" {
  api_id = "a"
  name   = "prod"
}

# ok: api-gateway-without-throttling
resource "aws_apigatewayv2_stage" "bounded" {
  api_id = "a"
  name   = "prod"
  default_route_settings {
    throttling_rate_limit  = 20
    throttling_burst_limit = 40
  }
}

# ok: api-gateway-without-throttling
resource "aws_apigatewayv2_stage" "bounded_by_route" {
  api_id = "a"
  name   = "prod"
  route_settings {
    route_key             = "POST /predict"
    throttling_rate_limit = 20
  }
}

# ok: api-gateway-without-throttling
resource "aws_api_gateway_stage" "bounded_elsewhere" {
  rest_api_id   = "a"
  deployment_id = "d"
  stage_name    = "prod"
}

resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = "a"
  stage_name  = aws_api_gateway_stage.bounded_elsewhere.stage_name
  method_path = "*/*"
  settings {
    throttling_rate_limit  = 20
    throttling_burst_limit = 40
  }
}
