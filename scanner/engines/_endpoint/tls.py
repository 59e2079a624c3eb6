"""Asks a TLS endpoint whether it still speaks the versions that are no longer safe."""

from __future__ import annotations

import socket
import ssl
import warnings
from urllib.parse import urlsplit

# RFC 8996 took both out of use in 2021.
OLD_VERSIONS = {"TLS 1.0": ssl.TLSVersion.TLSv1, "TLS 1.1": ssl.TLSVersion.TLSv1_1}


def speaks(origin: str, version: str, timeout: float = 3.0) -> bool | None:
    """Whether a handshake in `version` succeeds; None where that could not be tried.

    Nothing is sent after the handshake. No certificate is trusted, so that it mostly ends where
    one is looked at, which is after both sides agreed on the version.
    """
    parts = urlsplit(origin)
    if parts.scheme != "https" or not parts.hostname:
        return None
    try:
        context = _only(OLD_VERSIONS[version])
    except (ssl.SSLError, ValueError):
        return None
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 443), timeout) as plain,
            context.wrap_socket(plain, server_hostname=parts.hostname),
        ):
            return True
    except ssl.SSLCertVerificationError:
        return True
    except ssl.SSLError:
        return False
    except OSError:
        return None


def _only(version: ssl.TLSVersion) -> ssl.SSLContext:
    """A client that offers one version, also where the library would rather not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        # That they are deprecated is why they are asked for.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = version
        context.maximum_version = version
    return context
