"""The command `servegate`: the only place that prints, writes files and exits."""

from scanner.cli.app import main

__all__ = ["main"]
