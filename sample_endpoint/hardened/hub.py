"""Model cards from the model hubs that the operator trusts.

The request names a URL; what is done with it is decided here: HTTPS to an allow-listed host, at a
public address that was looked at before the connection is made to that very address, no redirect,
a bounded answer, and a schema that the answer must fit.
"""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sample_endpoint.hardened.schemas import ModelName

TIMEOUT_SECONDS = 5.0
MAX_CARD_BYTES = 16_384
HTTPS_PORT = 443


class HubError(Exception):
    """The card is not taken; the message may be shown to the caller."""


class ModelCard(BaseModel):
    """The card as a hub must send it."""

    model_config = ConfigDict(extra="ignore", strict=True)

    name: ModelName
    version: Annotated[str, Field(pattern=r"^[0-9A-Za-z.+-]{1,32}$")]
    description: Annotated[str, Field(max_length=500)]


@dataclass(frozen=True, slots=True)
class CardSource:
    """A place that a card may be fetched from."""

    host: str
    path: str


def approve_source(url: str, trusted_hosts: Collection[str]) -> CardSource:
    """Return the source if its URL is plain HTTPS to a trusted host; raise `HubError` if not."""
    try:
        parts = urlsplit(url)
        port = parts.port or HTTPS_PORT
    except ValueError as error:
        raise HubError("The source is not a URL.") from error
    plain = parts.scheme == "https" and port == HTTPS_PORT and "@" not in parts.netloc
    host, path = parts.hostname or "", parts.path or "/"
    safe_path = path.isascii() and path.isprintable() and " " not in path
    if not (plain and safe_path) or host not in trusted_hosts:
        raise HubError("The source is not on the allow-list.")
    return CardSource(host=host, path=path)


def public_address(host: str) -> str:
    """Return an address of a host; raise `HubError` if any of them is not a public one."""
    try:
        found = socket.getaddrinfo(host, HTTPS_PORT, type=socket.SOCK_STREAM)
    except OSError as error:
        raise HubError("The source cannot be reached.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not all(ipaddress.ip_address(address).is_global for address in addresses):
        raise HubError("The source is not on the allow-list.")
    return addresses[0]


def fetch_card(source: CardSource) -> ModelCard:
    """Fetch a card from an approved source; raise `HubError` if it cannot be had or is no card."""
    address = public_address(source.host)
    connection = http.client.HTTPSConnection(source.host, timeout=TIMEOUT_SECONDS)
    try:
        # Connecting by hand holds the address that was looked at: a second lookup could differ.
        plain = socket.create_connection((address, HTTPS_PORT), timeout=TIMEOUT_SECONDS)
        context = ssl.create_default_context()
        connection.sock = context.wrap_socket(plain, server_hostname=source.host)
        connection.request("GET", source.path, headers={"Accept": "application/json"})
        response = connection.getresponse()
        body = response.read(MAX_CARD_BYTES + 1)
    except (OSError, http.client.HTTPException) as error:
        raise HubError("The source cannot be reached.") from error
    finally:
        connection.close()
    return read_card(response.status, response.headers.get_content_type(), body)


def read_card(status: int, content_type: str, body: bytes) -> ModelCard:
    """Take a hub's answer for a card, or raise `HubError`: a redirect is no card either."""
    if status != http.client.OK or content_type != "application/json":
        raise HubError("The source did not send a model card.")
    if len(body) > MAX_CARD_BYTES:
        raise HubError("The model card is too large.")
    try:
        return ModelCard.model_validate_json(body)
    except ValidationError as error:
        raise HubError("The source did not send a model card.") from error
