"""The engine `secrets`: keys of model hosts and clouds, and private keys, in any text."""

from scanner.engines.secrets.engine import Secrets

__all__ = ["Secrets"]
