"""What the API itself gave so far: ids of objects, the present state of things, who the caller is.

Requests made from it are valid more often than those made from a specification alone, and a change
made from it changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import Reply

_ID_KEYS = ("id", "uuid", "name", "key", "slug")
_LIST_KEYS = ("data", "items", "results", "models", "jobs", "objects")
_ID_PROPERTY = re.compile(r"(?:_ids?|Ids?|_uuids?)$")
_SELF_PATH = re.compile(r"/(?:me|self|whoami|profile|account|user|userinfo)/?$", re.IGNORECASE)
_SELF_KEYS = frozenset(
    {"username", "user_name", "user", "login", "email", "phone", "phone_number", "role"}
)
_PARAMETER = re.compile(r"\{([^{}]+)\}")


@dataclass(slots=True)
class Knowledge:
    """Grows as the survey goes on.

    `ids` holds an id for each collection, by its path; `marks` the canary of the scan's own object
    there and the members that carry it; `states` the members of what a path without parameters
    answers; `caller` what the API says of the caller.
    """

    ids: dict[str, str] = field(default_factory=dict)
    marks: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    states: dict[str, dict[str, object]] = field(default_factory=dict)
    caller: dict[str, object] = field(default_factory=dict)

    def learn(self, operation: Operation, reply: Reply, others: Iterable[Operation]) -> None:
        """Take what an answer to a plain read tells."""
        value = reply.json()
        if isinstance(value, dict) and not operation.path_parameters:
            self.states[operation.path] = value
            if _SELF_PATH.search(operation.path):
                said = {k: v for k, v in value.items() if k in _SELF_KEYS and isinstance(v, str)}
                self.caller.update(said)
        self._learn_id(operation, value, others)

    def id_for_property(self, name: str) -> str | None:
        """An id for a member of a body such as `menu_item_id`, of the collection it speaks of."""
        stem = _words(_ID_PROPERTY.sub("", name)) if _ID_PROPERTY.search(name) else set()
        fitting = {
            collection: len(stem & _words(collection.rsplit("/", 1)[-1])) for collection in self.ids
        }
        best = max(fitting, key=lambda collection: fitting[collection], default=None)
        return self.ids[best] if best is not None and fitting[best] else None

    def _learn_id(self, operation: Operation, value: object, others: Iterable[Operation]) -> None:
        """Take an id from a listing for the operations on one of its members."""
        collection = operation.path.rstrip("/")
        below = [one for one in others if one.path.startswith(f"{collection}/{{")]
        if not below or collection in self.ids:
            return
        parameter = _PARAMETER.findall(below[0].path[len(collection) :])[0]
        if isinstance(value, dict):
            lists = (value[key] for key in _LIST_KEYS if isinstance(value.get(key), list))
            value = next(lists, value)
        if isinstance(value, list) and value:
            first = value[0]
            found = str(first) if isinstance(first, (str, int)) else find_id(first, parameter)
            if found:
                self.ids[collection] = found


def find_id(value: object, parameter: str) -> str | None:
    """The id of a created object in an answer, by the name of the path parameter that takes it."""
    if isinstance(value, dict):
        for key in (parameter, *_ID_KEYS):
            found = value.get(key)
            if isinstance(found, (str, int)) and not isinstance(found, bool):
                return str(found)
        for inner in value.values():
            if isinstance(inner, dict) and (deeper := find_id(inner, parameter)):
                return deeper
    return None


def collection_of(path: str, parameter: str) -> str:
    """The path in front of a parameter: `/jobs` for `/jobs/{job_id}`."""
    return path.split(f"/{{{parameter}}}", 1)[0]


def _words(name: str) -> set[str]:
    """The words of a name, in the singular: `menuItems` is menu and item."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    return {part.lower().removesuffix("s") for part in parts if len(part) > 2}
