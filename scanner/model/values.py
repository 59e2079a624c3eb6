"""What values are made of: they have fields, are equal where these are, and can't be changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform

    # What is inherited at run time anyway, said to the type checker.
    @dataclass_transform(frozen_default=True, field_specifiers=(msgspec.field,))
    class _Frozen(msgspec.StructMeta): ...
else:
    _Frozen = msgspec.StructMeta


class Value(msgspec.Struct, metaclass=_Frozen, frozen=True):
    """A frozen value. As a dataclass would be, but for its cost.

    A scan declares over a hundred classes before it does anything, and a frozen dataclass takes
    0.6 ms to declare, a fiftieth of that here (docs/performance.md). `msgspec.structs.replace`
    makes one of another.
    """

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # Those that have a `repr` of their own have it for the sake of a secret.
        own = type(self).__repr__ is not msgspec.Struct.__repr__
        return [] if own else super().__rich_repr__()
