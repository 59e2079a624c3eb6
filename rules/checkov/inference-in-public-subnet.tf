resource "aws_subnet" "public" {
  vpc_id                  = "vpc-0a"
  cidr_block              = "10.0.1.0/24"
  map_public_ip_on_launch = true
}

resource "aws_subnet" "private" {
  vpc_id     = "vpc-0a"
  cidr_block = "10.0.2.0/24"
}

# found: inference-in-public-subnet
resource "aws_sagemaker_model" "outside" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  vpc_config {
    subnets            = [aws_subnet.public.id]
    security_group_ids = ["sg-0a"]
  }
}

# ok: inference-in-public-subnet
resource "aws_sagemaker_model" "inside" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  vpc_config {
    subnets            = [aws_subnet.private.id]
    security_group_ids = ["sg-0a"]
  }
}

# ok: inference-in-public-subnet
resource "aws_sagemaker_model" "elsewhere" {
  execution_role_arn = "arn:aws:iam::111122223333:role/model"
  vpc_config {
    subnets            = ["subnet-0public"]
    security_group_ids = ["sg-0a"]
  }
}
