resource "aws_security_group" "model" {
  name        = "model"
  description = "The model server"

  ingress {
    description = "Everybody"
    from_port   = 8000
    to_port     = 8000
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
