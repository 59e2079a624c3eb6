# What the surrounding account provides.

variable "name" {
  description = "Prefix of every resource."
  type        = string
  default     = "sentiment"
}

variable "region" {
  description = "Region that everything but the model copies lives in."
  type        = string
}

variable "vpc_id" {
  description = "Network that the endpoint runs in."
  type        = string
}

variable "subnet_ids" {
  description = "Private subnets of that network."
  type        = list(string)
}

variable "s3_prefix_list_id" {
  description = "Prefix list of the S3 gateway endpoint, so that weights need no way to the internet."
  type        = string
}

variable "image" {
  description = "Serving image, pinned by digest."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by its digest."
  }
}

variable "execution_role_arn" {
  description = "Role of the serving container: reads this bucket and this secret, no more."
  type        = string
}

variable "replication_role_arn" {
  description = "Role that S3 takes to copy the models to the second region."
  type        = string
}

variable "replica_bucket_arn" {
  description = "Bucket in a second region that receives a copy of the models."
  type        = string
}

variable "access_log_bucket" {
  description = "Existing bucket for S3 access logs."
  type        = string
}

variable "rotation_function_arn" {
  description = "Function that rotates the API keys."
  type        = string
}

variable "invoke_role_arn" {
  description = "Role that API Gateway takes to invoke the endpoint."
  type        = string
}
