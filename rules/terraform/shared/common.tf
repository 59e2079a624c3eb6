# What both templates are given, and the key that encrypts everything at rest.

variable "name" {
  description = "Prefix of every resource; lower case, as bucket and role names must be."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "Use 3 to 31 lower-case letters, digits and hyphens, with a letter first."
  }
}

variable "allowed_regions" {
  description = "Regions that data of the endpoint may be in."
  type        = list(string)

  validation {
    condition     = length(var.allowed_regions) > 0
    error_message = "Name at least one region."
  }
}

variable "region" {
  description = "Region of the endpoint, one of the allowed ones; that of the provider, too."
  type        = string

  validation {
    condition     = contains(var.allowed_regions, var.region)
    error_message = "The region is not among allowed_regions."
  }
}

variable "vpc_id" {
  description = "Network that the endpoint runs in."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets of that network, in at least two zones, without a way to the internet."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "Name at least two subnets."
  }
}

variable "interface_endpoints_security_group_id" {
  description = "Security group of the network's interface endpoints (Secrets Manager, KMS, logs, execute-api, ECR)."
  type        = string
}

variable "s3_prefix_list_id" {
  description = "Prefix list of the network's S3 gateway endpoint."
  type        = string
}

variable "code_bucket" {
  description = "Existing versioned bucket for the functions' packages, signed and unsigned."
  type        = string
}

variable "rotate_after_days" {
  description = "Days after which the API key is rotated."
  type        = number
  default     = 30

  validation {
    condition     = var.rotate_after_days >= 1 && var.rotate_after_days <= 90
    error_message = "Rotate at least every 90 days."
  }
}

variable "grace_seconds" {
  description = "Seconds that the previous key stays valid after a rotation."
  type        = number
  default     = 3600
}

variable "rate_limit" {
  description = "Requests a second that the gateway lets through."
  type        = number
  default     = 20
}

variable "burst_limit" {
  description = "Requests at once that the gateway lets through."
  type        = number
  default     = 40
}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {
  lifecycle {
    postcondition {
      condition     = self.name == var.region
      error_message = "The provider's region is not var.region."
    }
  }
}

locals {
  account = data.aws_caller_identity.current.account_id
}

resource "aws_kms_key" "main" {
  description             = "Keys, logs and data of ${var.name}."
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AccountAdministers"
        Effect    = "Allow"
        Principal = { AWS = "arn:aws:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "LogsEncrypt"
        Effect    = "Allow"
        Principal = { Service = "logs.${var.region}.amazonaws.com" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:aws:logs:${var.region}:${local.account}:*" }
        }
      }
    ]
  })
}

resource "aws_kms_alias" "main" {
  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.main.key_id
}
