provider "aws" {
  region = "eu-central-1"
}

module "sentiment" {
  source = "../"

  name            = "sentiment"
  region          = "eu-central-1"
  allowed_regions = ["eu-central-1", "eu-west-1"]

  vpc_id                                = "vpc-0123456789abcdef0"
  subnet_ids                            = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  interface_endpoints_security_group_id = "sg-0123456789abcdef0"
  execute_api_vpc_endpoint_id           = "vpce-0123456789abcdef0"
  s3_prefix_list_id                     = "pl-6ea54007"
  code_bucket                           = "example-functions"

  image                = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/sentiment@sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
  image_repository_arn = "arn:aws:ecr:eu-central-1:123456789012:repository/sentiment"
  model_bucket         = "example-models"
  model_key            = "sentiment/model.tar.gz"
  model_kms_key_arn    = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  capture_bucket       = "example-captured-calls"
  trial_body           = jsonencode({ text = "fine" })
}
