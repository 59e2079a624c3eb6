# found: sagemaker-domain-on-the-internet
resource "aws_sagemaker_domain" "unsaid" {
  domain_name = "ml"
  auth_mode   = "IAM"
  vpc_id      = "vpc-0a"
  subnet_ids  = ["subnet-0a"]
}

# ok: sagemaker-domain-on-the-internet
resource "aws_sagemaker_domain" "inside" {
  domain_name             = "ml"
  auth_mode               = "IAM"
  vpc_id                  = "vpc-0a"
  subnet_ids              = ["subnet-0a"]
  app_network_access_type = "VpcOnly"
}

variable "access" {}

# ok: sagemaker-domain-on-the-internet
resource "aws_sagemaker_domain" "chosen_by_the_caller" {
  domain_name             = "ml"
  auth_mode               = "IAM"
  vpc_id                  = "vpc-0a"
  subnet_ids              = ["subnet-0a"]
  app_network_access_type = var.access
}
