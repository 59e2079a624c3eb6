# found: gateway-jwt-without-audience
resource "aws_apigatewayv2_authorizer" "any_audience" {
  api_id          = "a"
  name            = "jwt"
  authorizer_type = "JWT"
  jwt_configuration {
    issuer = "https://login.example.com"
  }
}

# ok: gateway-jwt-without-audience
resource "aws_apigatewayv2_authorizer" "ours" {
  api_id          = "a"
  name            = "jwt"
  authorizer_type = "JWT"
  jwt_configuration {
    issuer   = "https://login.example.com"
    audience = ["model"]
  }
}

# ok: gateway-jwt-without-audience
resource "aws_apigatewayv2_authorizer" "function" {
  api_id          = "a"
  name            = "own"
  authorizer_type = "REQUEST"
  authorizer_uri  = "arn:aws:lambda:eu-central-1:111122223333:function:auth"
}
