"""The command line that both postures share."""

from __future__ import annotations

import argparse
import logging
import sys
from typing import TYPE_CHECKING, NoReturn

import uvicorn

from sample_endpoint.core.accounts import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastapi import FastAPI

GRACE_SECONDS = 2
USAGE_ERROR = 2


def parse_address(program: str, argv: Sequence[str] | None = None) -> tuple[str, int]:
    """Read `--host` and `--port`."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}")
    parser.add_argument("--host", default="127.0.0.1", help="address to bind (%(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="port to bind (%(default)s)")
    options = parser.parse_args(argv)
    return options.host, options.port


def refuse(message: str) -> NoReturn:
    """Leave with one clear line on stderr."""
    sys.stderr.write(f"sample endpoint: {message}\n")
    raise SystemExit(USAGE_ERROR)


def serve(create_app: Callable[[], FastAPI], host: str, port: int, *, banner: bool) -> None:
    """Serve until SIGTERM or SIGINT; `banner` lets the server name itself in each answer."""
    logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")
    try:
        app = create_app()
    except SettingsError as error:
        refuse(str(error))
    uvicorn.run(
        app,
        host=host,
        port=port,
        server_header=banner,
        access_log=False,
        log_level="info",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
