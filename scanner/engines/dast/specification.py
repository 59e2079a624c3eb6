"""Gets the specification of the target for the probes, with the credential of the first caller."""

from __future__ import annotations

from scanner.engines._endpoint.document import SPEC_MEDIA, Specification, find_specification
from scanner.engines._endpoint.knock import Fetched
from scanner.engines._endpoint.target import Running
from scanner.engines.dast.client import Client
from scanner.engines.dast.conversation import Call
from scanner.model.plan import Target


def get_specification(target: Target, endpoint: Running, client: Client) -> Specification:
    """What there is to test. Raises `TargetError` that says what was looked for."""
    first = target.identities[0].name if target.identities else None

    def fetch(path: str) -> Fetched:
        call = Call(
            label="the specification",
            method="GET",
            path=path,
            identity=first,
            headers=(("Accept", SPEC_MEDIA),),
        )
        reply = client.fetch(call)
        return Fetched(status=reply.status, text=reply.text, fault=reply.fault)

    return find_specification(target, endpoint, fetch)
