"""`python -m sample_endpoint.hardened --port N`."""

from __future__ import annotations

from sample_endpoint.core.serving import parse_address, serve
from sample_endpoint.hardened.app import create_app_from_environment


def main() -> None:
    """Serve the hardened posture."""
    host, port = parse_address("sample_endpoint.hardened")
    serve(create_app_from_environment, host, port, banner=False)


if __name__ == "__main__":
    main()
