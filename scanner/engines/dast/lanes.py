"""Which probe is tried on which operation, and what may go on side by side. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from scanner.engines._endpoint.operation import Operation
from scanner.engines.dast.conversation import Phase, Probe, World
from scanner.engines.dast.probes import PROBES
from scanner.model.plan import Focus

CHAT_RULES = frozenset(probe.rule.id for probe in PROBES if probe.phase is Phase.CHAT)
_LANES = 4
_QUICK = 0.5


def conversations(phase: Phase, world: World) -> Iterator[tuple[Probe, Operation]]:
    """Which probe is tried on which operation."""
    for probe in PROBES:
        if probe.phase is not phase or (probe.opt_in and not world.allow_destructive):
            continue
        if probe.per_target:
            best = _representative(world)
            if best is not None:
                yield probe, best
        elif phase is Phase.CHAT:
            for operation in world.operations:
                if str(operation) in world.chats:
                    yield probe, operation
        else:
            for operation in world.operations:
                if world.may_call(operation) or probe.own_objects:
                    yield probe, operation


def by_operation(
    pairs: list[tuple[Probe, Operation]],
) -> list[list[tuple[Probe, Operation]]]:
    """The conversations of each operation, in their order."""
    lanes: dict[str, list[tuple[Probe, Operation]]] = {}
    for probe, operation in pairs:
        lanes.setdefault(str(operation), []).append((probe, operation))
    return list(lanes.values())


def side_by_side(world: World) -> int:
    """How many conversations the target bears at a time: a slow one is asked one thing at a time,
    for requests would only queue up in front of its model."""
    seconds = [reply.seconds for reply in world.baselines.values() if reply.status]
    return _LANES if seconds and median(seconds) < _QUICK else 1


def in_focus(focus: Focus | None, probe: Probe, operation: Operation) -> bool:
    """Whether a replay asks for this conversation; without a focus each is asked for."""
    if focus is None:
        return True
    same_place = (operation.method, operation.template or "/") == (focus.method, focus.path)
    return probe.rule.id == focus.rule_id and (probe.per_target or same_place)


def _representative(world: World) -> Operation | None:
    """The operation to show a property of the whole endpoint on: a plain read that works."""
    working = [one for one in world.operations if world.baseline(one)]
    return min(
        working,
        key=lambda one: (not one.reads_only, one.meant_public, len(one.path_parameters), one.path),
        default=None,
    )
