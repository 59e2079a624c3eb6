"""The engine `models`: model files of the repository, examined and never loaded."""

from scanner.engines.models.engine import Models

__all__ = ["Models"]
