"""The command `servegate`: the only place that prints, writes files and exits."""

from scanner.cli.app import main as run
from scanner.cli.ending import run_and_end

__all__ = ["main"]


def main() -> None:
    """Run the command line and end the process with its code."""
    run_and_end(run)
