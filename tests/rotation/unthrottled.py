"""The hardened posture without its rate limits, for clients that call without a pause."""

import sys

import uvicorn
from limits import parse

from sample_endpoint.hardened import throttling
from sample_endpoint.hardened.app import create_app_from_environment

if __name__ == "__main__":
    throttling.limiter.enabled = False
    throttling.ALL_CALLS = throttling.REFUSED_KEYS = parse("1000000/second")
    uvicorn.run(
        create_app_from_environment(),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        access_log=False,
        log_level="info",
    )
