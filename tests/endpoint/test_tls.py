"""Old TLS is recognised on a real server, and a present one is left in peace."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from scanner.engines._endpoint.tls import speaks

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="no openssl command to make a certificate with"
)


@contextmanager
def server(folder: Path, lowest: ssl.TLSVersion) -> Iterator[str]:
    """A TLS server on loopback that speaks `lowest` and newer."""
    key, crt = folder / "key.pem", folder / "cert.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(crt)]
    subprocess.run([*make, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, key)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = lowest
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                plain, _ = listening.accept()
                with suppress(OSError), plain:
                    plain.settimeout(2)
                    context.wrap_socket(plain, server_side=True).close()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        listening.close()


@needs_openssl
def test_old_and_present_servers(tmp_path: Path) -> None:
    with server(tmp_path, ssl.TLSVersion.TLSv1_2) as origin:
        assert speaks(origin, "TLS 1.0") is False
        assert speaks(origin, "TLS 1.1") is False
    with server(tmp_path, ssl.TLSVersion.TLSv1_1) as origin:
        assert speaks(origin, "TLS 1.0") is False
        assert speaks(origin, "TLS 1.1") is True


def test_what_can_not_be_asked() -> None:
    assert speaks("http://127.0.0.1:1", "TLS 1.0") is None
    assert speaks("https://127.0.0.1:1", "TLS 1.0") is None
