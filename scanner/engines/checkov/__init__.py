"""Checkov over Terraform, plans, manifests, Dockerfiles and workflows."""

from scanner.engines.checkov.engine import Checkov

__all__ = ["Checkov"]
