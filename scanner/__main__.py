"""`python -m scanner` is `servegate`."""

from scanner.cli import main

main()
