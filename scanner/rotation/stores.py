"""Opens the store that the user named; the libraries of the others are not even imported."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from scanner.model.errors import ConfigError
from scanner.model.values import Value
from scanner.rotation.ports import Store

MANAGERS = ("aws", "vault", "azure")


class Place(Value, kw_only=True):
    """Where a key is kept: the manager, its URL, and the key's name there."""

    manager: str
    secret: str
    url: str
    region: str = ""
    field: str = ""
    mount: str = "secret"
    ambient: bool = False


def open_store(place: Place) -> Store:
    """The store of this place. Raises `ConfigError`, and `LibraryMissing` without its library."""
    refuse_clear_text(place.url, f"the {place.manager} manager")
    match place.manager:
        case "aws":
            from scanner.rotation.aws import open_aws

            return open_aws(
                place.secret, place.url, place.region, place.field, ambient=place.ambient
            )
        case "vault":
            from scanner.rotation.vault import open_vault

            return open_vault(place.url, place.mount, place.secret, place.field)
        case "azure":
            from scanner.rotation.azure import open_azure

            return open_azure(place.url, place.secret, ambient=place.ambient)
        case _:
            raise ConfigError(f"manager {place.manager!r} is none of {', '.join(MANAGERS)}")


def refuse_clear_text(url: str, what: str) -> None:
    """Keys travel over TLS, or stay on this machine. Raises `ConfigError`."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme != "http" or not parts.hostname:
        raise ConfigError(f"{what}: {url!r} is no http(s) URL")
    if not is_here(parts.hostname):
        raise ConfigError(f"{what}: {parts.hostname} over plain http would show the key; use https")


def is_here(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
