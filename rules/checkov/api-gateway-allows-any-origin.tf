# found: api-gateway-allows-any-origin
resource "aws_apigatewayv2_api" "any" {
  name          = "model"
  protocol_type = "HTTP"
  cors_configuration {
    allow_origins = ["*"]
    allow_methods = ["POST"]
  }
}

# found: api-gateway-allows-any-origin
resource "aws_lambda_function_url" "any" {
  function_name      = "front"
  authorization_type = "AWS_IAM"
  cors {
    allow_origins = ["*"]
  }
}

# ok: api-gateway-allows-any-origin
resource "aws_apigatewayv2_api" "ours" {
  name          = "model"
  protocol_type = "HTTP"
  cors_configuration {
    allow_origins = ["https://app.example.com", "https://*.example.com"]
    allow_headers = ["*"]
  }
}

# ok: api-gateway-allows-any-origin
resource "aws_apigatewayv2_api" "none" {
  name          = "model"
  protocol_type = "HTTP"
}
