"""`python -m sample_endpoint.vulnerable --port N`; binds loopback addresses and nothing else."""

from __future__ import annotations

import ipaddress
import os

from sample_endpoint.core.serving import parse_address, refuse, serve
from sample_endpoint.vulnerable.app import create_app


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach a server bound to `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def main() -> None:
    """Serve the vulnerable posture."""
    host, port = parse_address("sample_endpoint.vulnerable")
    if not is_loopback(host):
        refuse(f"the vulnerable posture binds loopback addresses only, not {host!r}.")
    # What it can be made to fetch stays direct: no proxy of this machine is lent to a caller.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"
    serve(create_app, host, port, banner=True)


if __name__ == "__main__":
    main()
