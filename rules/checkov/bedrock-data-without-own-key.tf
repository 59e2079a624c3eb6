# found: bedrock-data-without-own-key
resource "aws_bedrock_custom_model" "plain" {
  custom_model_name     = "m"
  job_name              = "j"
  base_model_identifier = "arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan-text-express-v1"
  role_arn              = "arn:aws:iam::111122223333:role/bedrock"
}

# found: bedrock-data-without-own-key
resource "aws_bedrockagent_data_source" "plain" {
  knowledge_base_id = "K"
  name              = "docs"
}

# ok: bedrock-data-without-own-key
resource "aws_bedrock_custom_model" "ours" {
  custom_model_name       = "m"
  job_name                = "j"
  base_model_identifier   = "arn:aws:bedrock:eu-central-1::foundation-model/amazon.titan-text-express-v1"
  role_arn                = "arn:aws:iam::111122223333:role/bedrock"
  custom_model_kms_key_id = var.key
}

variable "key" {}

# ok: bedrock-data-without-own-key
resource "aws_bedrockagent_data_source" "ours" {
  knowledge_base_id = "K"
  name              = "docs"
  server_side_encryption_configuration {
    kms_key_arn = var.key
  }
}
