# What this template is given beside common.tf.

variable "image" {
  description = "Serving image, pinned by digest."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by its digest."
  }
}

variable "port" {
  description = "Port that the container serves TLS on."
  type        = number
  default     = 8443
}

variable "health_path" {
  description = "Path that answers 200 once the model is loaded."
  type        = string
  default     = "/health"
}

variable "cpu" {
  description = "CPU units of the task."
  type        = number
  default     = 2048
}

variable "memory" {
  description = "MiB of memory of the task."
  type        = number
  default     = 8192
}

variable "instance_count" {
  description = "Tasks that run, in as many zones."
  type        = number
  default     = 2

  validation {
    condition     = var.instance_count >= 2
    error_message = "One task is down with its zone; use two or more."
  }
}

variable "routes" {
  description = "Operations that the gateway lets through, each with the authorizer."
  type        = list(string)
  default     = ["POST /v1/predict"]

  validation {
    condition     = alltrue([for route in var.routes : can(regex("^(GET|POST|PUT|PATCH|DELETE) /", route))])
    error_message = "Name each operation as METHOD /path; no $default, no ANY."
  }
}

variable "certificate_arn" {
  description = "Certificate of the balancer."
  type        = string
}

variable "server_name" {
  description = "Name in that certificate."
  type        = string
}

variable "access_log_bucket" {
  description = "Existing bucket for the balancer's logs."
  type        = string
}

variable "trial_path" {
  description = "Path of an operation that needs the key: the rotation tries the new one on it."
  type        = string
  default     = "/v1/predict"
}

variable "trial_method" {
  description = "Method of that operation."
  type        = string
  default     = "POST"
}

variable "trial_body" {
  description = "A small valid body for it."
  type        = string
  default     = ""
}
