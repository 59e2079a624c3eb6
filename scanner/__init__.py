"""servegate: a security gate for model endpoints."""

__version__ = "0.1.0"
