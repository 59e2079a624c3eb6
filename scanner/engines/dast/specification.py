"""Gets the specification of the target for the probes, with the credential of the first caller."""

from __future__ import annotations

from scanner.engines._endpoint.document import SPEC_MEDIA, Specification, find_specification
from scanner.engines._endpoint.knock import Fetched
from scanner.engines._endpoint.target import Running
from scanner.engines.dast.client import Client
from scanner.engines.dast.conversation import Call, Reply
from scanner.model.plan import Target


def get_specification(
    target: Target, endpoint: Running, client: Client
) -> tuple[Specification, Reply | None]:
    """What there is to test, and the answer that told it if the endpoint did.

    Raises `TargetError` that says what was looked for.
    """
    first = target.identities[0].name if target.identities else None
    told: list[Reply] = []

    def fetch(path: str) -> Fetched:
        call = Call(
            label="the specification",
            method="GET",
            path=path,
            identity=first,
            headers=(("Accept", SPEC_MEDIA),),
        )
        reply = client.fetch(call)
        told.append(reply)
        return Fetched(status=reply.status, text=reply.text, fault=reply.fault)

    specification = find_specification(target, endpoint, fetch)
    return specification, told[-1] if told and told[-1].ok else None
