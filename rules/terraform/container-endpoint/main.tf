# The container: Fargate in private subnets, read-only, without root, behind an internal balancer.

resource "aws_security_group" "balancer" {
  name        = "${var.name}-balancer"
  description = "The balancer: from the gateway's link, to the container."
  vpc_id      = var.vpc_id
}

resource "aws_security_group" "link" {
  name        = "${var.name}-link"
  description = "The gateway's link: to the balancer."
  vpc_id      = var.vpc_id
}

resource "aws_security_group" "container" {
  name        = "${var.name}-container"
  description = "The container: from the balancer, to the interface endpoints and S3."
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "link" {
  security_group_id            = aws_security_group.link.id
  description                  = "To the balancer"
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "From the gateway's link"
  referenced_security_group_id = aws_security_group.link.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "To the container"
  referenced_security_group_id = aws_security_group.container.id
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port
}

resource "aws_vpc_security_group_ingress_rule" "container" {
  security_group_id            = aws_security_group.container.id
  description                  = "From the balancer"
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = var.port
  to_port                      = var.port
}

resource "aws_vpc_security_group_egress_rule" "container" {
  security_group_id            = aws_security_group.container.id
  description                  = "Image, KMS and logs by their interface endpoints"
  referenced_security_group_id = var.interface_endpoints_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "storage" {
  security_group_id = aws_security_group.container.id
  description       = "Image layers through the S3 gateway endpoint"
  prefix_list_id    = var.s3_prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_lb" "main" {
  name                       = var.name
  internal                   = true
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.balancer.id]
  subnets                    = var.subnet_ids
  drop_invalid_header_fields = true
  enable_deletion_protection = true
  desync_mitigation_mode     = "strictest"

  access_logs {
    bucket  = var.access_log_bucket
    prefix  = var.name
    enabled = true
  }

  connection_logs {
    bucket  = var.access_log_bucket
    prefix  = "${var.name}-connections"
    enabled = true
  }
}

resource "aws_lb_target_group" "main" {
  name        = var.name
  vpc_id      = var.vpc_id
  target_type = "ip"
  protocol    = "HTTPS"
  port        = var.port

  health_check {
    protocol = "HTTPS"
    path     = var.health_path
    matcher  = "200"
  }
}

resource "aws_lb_listener" "main" {
  load_balancer_arn = aws_lb.main.arn
  protocol          = "HTTPS"
  port              = 443
  certificate_arn   = var.certificate_arn
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.main.arn
  }
}

resource "aws_wafv2_web_acl_association" "balancer" {
  resource_arn = aws_lb.main.arn
  web_acl_arn  = aws_wafv2_web_acl.main.arn
}

resource "aws_ecs_cluster" "main" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  configuration {
    execute_command_configuration {
      kms_key_id = aws_kms_key.main.arn
      logging    = "OVERRIDE"

      log_configuration {
        cloud_watch_encryption_enabled = true
        cloud_watch_log_group_name     = aws_cloudwatch_log_group.container.name
      }
    }
  }
}

resource "aws_cloudwatch_log_group" "container" {
  name              = "/${var.name}/container"
  retention_in_days = 400
  kms_key_id        = aws_kms_key.main.arn
}

resource "aws_iam_role" "task" {
  for_each = toset(["start", "run"])
  name     = "${var.name}-${each.key}"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "start" {
  role       = aws_iam_role.task["start"].name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_ecs_task_definition" "main" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.task["start"].arn
  task_role_arn            = aws_iam_role.task["run"].arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  volume {
    name = "scratch"
  }

  container_definitions = jsonencode([{
    name                   = "model"
    image                  = var.image
    essential              = true
    user                   = "10001:10001"
    privileged             = false
    readonlyRootFilesystem = true
    portMappings           = [{ containerPort = var.port, protocol = "tcp" }]
    mountPoints            = [{ sourceVolume = "scratch", containerPath = "/tmp", readOnly = false }]
    linuxParameters        = { capabilities = { drop = ["ALL"] }, initProcessEnabled = true }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.container.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "model"
      }
    }
  }])
}

resource "aws_ecs_service" "main" {
  name                   = var.name
  cluster                = aws_ecs_cluster.main.id
  task_definition        = aws_ecs_task_definition.main.arn
  launch_type            = "FARGATE"
  platform_version       = "LATEST"
  desired_count          = var.instance_count
  enable_execute_command = false

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.container.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.main.arn
    container_name   = "model"
    container_port   = var.port
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  depends_on = [aws_lb_listener.main]
}
