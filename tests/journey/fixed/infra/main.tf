resource "aws_security_group" "model" {
  name        = "model"
  description = "The model server"

  ingress {
    description = "The gateway"
    from_port   = 8000
    to_port     = 8000
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
}
