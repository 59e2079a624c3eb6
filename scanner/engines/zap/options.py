"""What can be set of the engine `zap`."""

from __future__ import annotations

from scanner.model.values import Value

IMAGE = "ghcr.io/zaproxy/zaproxy:stable"


class ZapOptions(Value, kw_only=True):
    """How ZAP is found and how far it may go.

    `url` is the API of a ZAP that runs already, with its key in `api_key`; `home` the folder of an
    installed one. `container` allows an image that is on this machine. Times are in seconds,
    `memory_mb` is the heap of the Java machine. Without `attack` nothing is scanned actively.
    """

    url: str = ""
    api_key: str = ""
    api_key_env: str = "ZAP_API_KEY"
    home: str = ""
    container: bool = True
    image: str = IMAGE
    memory_mb: int = 1024
    start_timeout: float = 120.0
    call_timeout: float = 30.0
    max_seconds: float = 600.0
    attack: bool = True

    def __repr__(self) -> str:
        return f"ZapOptions(url={self.url!r}, home={self.home!r})"
