# What this template is given beside common.tf.

variable "image" {
  description = "Serving image, pinned by digest."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by its digest."
  }
}

variable "image_repository_arn" {
  description = "ECR repository of the image."
  type        = string
}

variable "model_bucket" {
  description = "Bucket with the model file."
  type        = string
}

variable "model_key" {
  description = "The model file in it."
  type        = string
}

variable "model_kms_key_arn" {
  description = "Key that the model file is encrypted with."
  type        = string
}

variable "capture_bucket" {
  description = "Bucket that takes the recorded calls."
  type        = string
}

variable "capture_percentage" {
  description = "Share of the calls that is recorded."
  type        = number
  default     = 100
}

variable "instance_type" {
  description = "Instance type of the model."
  type        = string
  default     = "ml.m6i.large"
}

variable "instance_count" {
  description = "Instances of the model, in as many zones."
  type        = number
  default     = 2

  validation {
    condition     = var.instance_count >= 2
    error_message = "One instance is down with its zone; use two or more."
  }
}

variable "execute_api_vpc_endpoint_id" {
  description = "The network's execute-api interface endpoint; calls come through it alone."
  type        = string
}

variable "trial_body" {
  description = "A small valid body for POST /predict: the rotation tries the new key with it."
  type        = string
}
