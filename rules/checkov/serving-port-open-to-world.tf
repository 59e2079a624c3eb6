# found: serving-port-open-to-world
resource "aws_security_group" "ray" {
  name = "ray"
  ingress {
    from_port   = 8265
    to_port     = 8265
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

variable "port" {
  default = 8000
}

# found: serving-port-open-to-world
resource "aws_security_group_rule" "vllm" {
  type              = "ingress"
  security_group_id = "sg-0a"
  from_port         = var.port
  to_port           = var.port
  protocol          = "tcp"
  ipv6_cidr_blocks  = ["::/0"]
}

# found: serving-port-open-to-world
resource "aws_vpc_security_group_ingress_rule" "ollama" {
  security_group_id = "sg-0a"
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = 11000
  to_port           = 12000
  ip_protocol       = "tcp"
}

# found: serving-port-open-to-world
resource "google_compute_firewall" "triton" {
  name          = "triton"
  network       = "default"
  source_ranges = ["0.0.0.0/0"]
  allow {
    protocol = "tcp"
    ports    = ["443", "8000-8002"]
  }
}

# found: serving-port-open-to-world
resource "azurerm_network_security_rule" "mlflow" {
  name                   = "mlflow"
  direction              = "Inbound"
  access                 = "Allow"
  protocol               = "Tcp"
  source_address_prefix  = "*"
  destination_port_range = "5000"
}

# ok: serving-port-open-to-world
resource "aws_security_group" "gateway" {
  name = "gateway"
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  ingress {
    from_port   = 8000
    to_port     = 8000
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
}

# ok: serving-port-open-to-world
resource "aws_security_group" "outwards" {
  name = "out"
  egress {
    from_port   = 8000
    to_port     = 8000
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

# ok: serving-port-open-to-world
resource "google_compute_firewall" "denied" {
  name          = "denied"
  network       = "default"
  source_ranges = ["0.0.0.0/0"]
  deny {
    protocol = "tcp"
    ports    = ["8000"]
  }
}

# found: serving-port-open-to-world
resource "aws_security_group" "every_port" {
  name = "every"
  ingress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

# found: serving-port-open-to-world
resource "aws_vpc_security_group_ingress_rule" "every_port" {
  security_group_id = "sg-0a"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

# found: serving-port-open-to-world
resource "aws_security_group_rule" "whole_range" {
  type              = "ingress"
  security_group_id = "sg-0a"
  from_port         = 0
  to_port           = 65535
  protocol          = "tcp"
  cidr_blocks       = ["0.0.0.0/0"]
}

# found: serving-port-open-to-world
resource "google_compute_firewall" "every_port" {
  name          = "every"
  network       = "default"
  source_ranges = ["0.0.0.0/0"]
  allow {
    protocol = "all"
  }
}

# found: serving-port-open-to-world
resource "azurerm_network_security_rule" "every_port" {
  name                   = "every"
  direction              = "Inbound"
  access                 = "Allow"
  protocol               = "*"
  source_address_prefix  = "Internet"
  destination_port_range = "*"
}

# ok: serving-port-open-to-world
resource "google_compute_firewall" "ping" {
  name          = "ping"
  network       = "default"
  source_ranges = ["0.0.0.0/0"]
  allow {
    protocol = "icmp"
  }
}

# ok: serving-port-open-to-world
resource "aws_security_group" "itself" {
  name = "itself"
  ingress {
    from_port = 0
    to_port   = 0
    protocol  = "-1"
    self      = true
  }
}
