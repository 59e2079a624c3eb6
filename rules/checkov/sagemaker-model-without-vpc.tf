# found: sagemaker-model-without-vpc
resource "aws_sagemaker_model" "bare" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  primary_container {
    image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/model:1.2"
  }
}

# ok: sagemaker-model-without-vpc
resource "aws_sagemaker_model" "inside" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  primary_container {
    image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/model:1.2"
  }
  vpc_config {
    subnets            = ["subnet-0a"]
    security_group_ids = ["sg-0a"]
  }
}

variable "networks" {
  type = list(object({ subnets = list(string), groups = list(string) }))
}

# ok: sagemaker-model-without-vpc
resource "aws_sagemaker_model" "chosen_by_the_caller" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  dynamic "vpc_config" {
    for_each = var.networks
    content {
      subnets            = vpc_config.value.subnets
      security_group_ids = vpc_config.value.groups
    }
  }
}
