"""OWASP ZAP as an engine; where none is found the plan leaves it out and says so."""

from scanner.engines.zap.engine import Zap
from scanner.engines.zap.options import ZapOptions

__all__ = ["Zap", "ZapOptions"]
