"""The network rule: a request goes to a host that was named, and to where that host was at first.

A name is looked at before its connection is opened, and the address of the other end after, so that
neither a redirect nor a URL out of a document nor a name that leads elsewhere the second time (DNS
rebinding) takes a request anywhere else.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from scanner.model.values import Value


class HostRefused(requests.ConnectionError):
    """A request that would have gone to a host that nobody named."""


@dataclass(slots=True)
class Addresses:
    """Where hosts were when they were first connected to."""

    known: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def same(self, host: str, address: str) -> bool:
        """Whether the host is where it was; the first time decides where that is."""
        with self.lock:
            return self.known.setdefault(host, address) == address


class Reach(Value):
    """The hosts that a session may speak to."""

    hosts: frozenset[str]
    addresses: Addresses

    def check_url(self, url: str) -> None:
        """Raises `HostRefused` for a URL of any other host."""
        try:
            host = (urlsplit(url).hostname or "").lower()
        except ValueError:
            host = ""
        if host not in self.hosts:
            raise HostRefused(f"{host or url[:80]} was not named: nothing is sent there")

    def check_peer(self, host: str, address: str) -> None:
        """Raises `HostRefused` where a host of this machine led elsewhere, or another one moved."""
        if is_loopback(host):
            if not is_loopback(address):
                raise HostRefused(f"{host} leads to {address}, which is not this machine")
        elif not self.addresses.same(host, address):
            raise HostRefused(f"{host} leads to {address} now, and did not before")


def is_loopback(host: str) -> bool:
    """Whether a name or address is this machine, whatever a name server says."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def hosts_of(urls: Iterable[str]) -> frozenset[str]:
    """The hosts of URLs, in lower case."""
    return frozenset((urlsplit(url).hostname or "").lower() for url in urls) - {""}
