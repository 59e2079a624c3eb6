# found: serving-outside-approved-module
resource "aws_sagemaker_endpoint" "by_hand" {
  endpoint_config_name = "c"
}

# ok: serving-outside-approved-module
resource "aws_sagemaker_domain" "no_endpoint" {
  domain_name = "d"
  auth_mode   = "IAM"
  vpc_id      = "v"
  subnet_ids  = ["s"]
}

# found: serving-outside-approved-module
module "unknown" {
  source  = "someone/sagemaker-endpoint/aws"
  version = "1.2.0"
}

# found: serving-outside-approved-module
module "floats" {
  source = "git::https://git.example.com/ml/endpoint.git?ref=main"
}

# found: serving-outside-approved-module
module "any_version" {
  source  = "example/endpoint/aws"
  version = "~> 1.2"
}

# ok: serving-outside-approved-module
module "fixed" {
  source = "git::https://git.example.com/ml/endpoint.git?ref=v1.2.0"
}

# ok: serving-outside-approved-module
module "exact" {
  source  = "example/endpoint/aws"
  version = "1.2.0"
}

# ok: serving-outside-approved-module
module "serves_nothing" {
  source = "terraform-aws-modules/vpc/aws"
}
