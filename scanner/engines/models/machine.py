"""A machine with the pickle's own opcodes, but with symbols for values.

A global is a name, a call a note. So names that are put together on the stack or fetched from the
memo are known as well. What follows in the file where joblib writes the bytes of an array is passed
over as joblib would.
"""

from __future__ import annotations

import pickletools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

from scanner.engines.models.bounds import Budget
from scanner.engines.models.callables import (
    BYTES,
    FILES_OF_BYTES,
    GETATTR,
    IMPORTS,
    LOADS,
    MAPS_FILES,
    bytes_of,
    is_class_of_its_own,
    is_joblib_array,
    is_latin,
    may_be_text,
    needs_sight,
    owner_of,
    plausible,
)
from scanner.engines.models.opcodes import WRITTEN, Opcodes
from scanner.engines.models.symbols import (
    MARK,
    MAX_NAME,
    UNKNOWN,
    Broken,
    Global,
    Made,
    Reading,
    leads_inside,
)

_MAX_STACK = 500_000
_MAX_MEMO = 1_000_000
_MAX_IMPORTS = 10_000
_MAX_KEPT = 64
_MAX_DEPTH = 8
_LAST_PROTOCOL = 5


class Machine:
    """Reads one pickle. A strict one breaks where the real machine would for certain."""

    def __init__(
        self,
        file: BinaryIO,
        size: int,
        reading: Reading,
        budget: Budget,
        *,
        strict: bool = False,
        joblib: bool = False,
        depth: int = 0,
    ) -> None:
        self.file = file
        self.size = size
        self.opcodes = Opcodes(file, size)
        self.reading = reading
        self.budget = budget
        self.strict = strict
        self.joblib = joblib
        self.arrays = 0
        self.depth = depth
        self.stack: list[object] = []
        self.memo: dict[int, object] = {}

    def run(self) -> object:
        """Read to the end of this pickle; what it gives. Raises `Broken` and `Exhausted`."""
        if self.depth > _MAX_DEPTH:
            raise Broken("pickles are nested too deep")
        while True:
            self.budget.step()
            opcode, argument = self.opcodes.next()
            if opcode.name == "STOP":
                result = self.pop()
                self.reading.count += 1
                return result
            action = _ACTIONS.get(opcode.name)
            if action is not None:
                action(self, argument)
            else:
                self.by_effect(opcode, argument)
            if len(self.stack) > _MAX_STACK:
                raise Broken("its stack grows too large")

    def pop(self) -> object:
        if self.stack:
            return self.stack.pop()
        if self.strict:
            raise Broken("its stack is empty")
        # What the real machine would refuse is no reason to miss the rest.
        return UNKNOWN

    def to_mark(self) -> list[object]:
        items: list[object] = []
        while self.stack:
            item = self.stack.pop()
            if item is MARK:
                return items[::-1]
            items.append(item)
        if self.strict:
            raise Broken("there is no mark")
        return items[::-1]

    def hide(self) -> object:
        """Something is named only while the pickle loads."""
        self.reading.hidden += 1
        return UNKNOWN

    def imported(self, module: object, name: object) -> object:
        if not isinstance(module, str) or not isinstance(name, str):
            if self.strict and not all(may_be_text(item) for item in (module, name)):
                raise Broken("a name that is no text")
            return self.hide()
        if len(module) > MAX_NAME or len(name) > MAX_NAME:
            return self.hide()
        found = Global(module, name)
        if len(self.reading.imports) >= _MAX_IMPORTS and found not in self.reading.imports:
            raise Broken(f"it imports more than {_MAX_IMPORTS:,} names")
        self.reading.imports.setdefault(found)
        return found

    def kept(self, items: Sequence[object]) -> None:
        """Something goes into a container, a state or the arguments of a call."""
        if any(needs_sight(item) for item in items):
            self.hide()

    def called(self, callee: object, args: object) -> object:
        """The result of a call; an attribute of what is imported counts as imported too."""
        if isinstance(callee, Made) and not is_class_of_its_own(callee):
            # What is called was itself made while it loads: by which name is not to be seen.
            return self.hide()
        if not isinstance(callee, Global):
            return Made(callee, args)
        self.reading.calls += 1
        whole = str(callee)
        given = args if isinstance(args, tuple) else ()
        if whole in GETATTR:
            return self.attribute(given)
        if LOADS.fullmatch(whole):
            data = bytes_of(given[0]) if given else None
            if data is None:
                return self.hide()
            self.reading.handed.append(data)
        elif MAPS_FILES.fullmatch(whole):
            # As the type of an array it is harmless; called, it opens the file that it is told.
            return self.imported(callee.module, f"{callee.name}.__new__")
        elif whole == "importlib.import_module":
            return self.imported(given[0] if given else UNKNOWN, "")
        elif IMPORTS.fullmatch(whole):
            module, name, *_ = (*given, UNKNOWN, UNKNOWN)
            return self.imported(module, name)
        elif (FILES_OF_BYTES.fullmatch(whole) and given) or (
            BYTES.fullmatch(whole) and given and all(is_latin(item) for item in given[1:])
        ):
            return bytes_of(given[0]) or Made(callee, args)
        return Made(callee, args)

    def attribute(self, given: tuple[object, ...]) -> object:
        """What `getattr` gives: of what is imported, and of what a call of it has made."""
        owner, attribute, *_ = (*given, UNKNOWN, UNKNOWN)
        if not isinstance(attribute, str):
            return self.hide()
        made, owner = isinstance(owner, Made), owner_of(owner)
        if isinstance(owner, Global):
            name = f"{owner.name}.{attribute}" if owner.name else attribute
            found = self.imported(owner.module, name)
            # It need not be of the class that is known: what a function returns can be anything.
            return Made(found, ()) if made and isinstance(found, Global) else found
        # Of a value without a name only what leads to the inside of Python is of interest.
        if isinstance(owner, Made) or leads_inside(attribute):
            return self.hide()
        return UNKNOWN

    def by_effect(self, opcode: pickletools.OpcodeInfo, argument: object) -> None:
        """An opcode of which only how it changes the stack matters."""
        if pickletools.markobject in opcode.stack_before:
            self.kept(self.to_mark())
            count = opcode.stack_before.index(pickletools.markobject)
        else:
            count = len(opcode.stack_before)
        self.kept([self.pop() for _ in range(count)])
        made = argument if isinstance(argument, int) else UNKNOWN
        self.stack += [made] * len(opcode.stack_after)

    def build(self, _argument: object) -> None:
        state = self.pop()
        self.kept([state])
        target = self.stack[-1] if self.stack else UNKNOWN
        owner = str(owner_of(target)) if isinstance(target, Made) else ""
        if FILES_OF_BYTES.fullmatch(owner) and isinstance(state, tuple) and state:
            self.stack[-1] = bytes_of(state[0]) or target
        elif self.joblib and is_joblib_array(target):
            self.arrays += 1
            self.pass_array(state if isinstance(state, dict) else {})

    def pass_array(self, state: dict[object, object]) -> None:
        """Go past the bytes of the array that joblib writes behind its wrapper."""
        dtype = state.get("dtype")
        args = dtype.args if isinstance(dtype, Made) else None
        kind = args[0] if isinstance(args, tuple) and args else None
        if isinstance(kind, str) and re.fullmatch(r"[|<>=]?O\d*|object_?", kind):
            Machine(self.file, self.size, self.reading, self.budget, depth=self.depth + 1).run()
            return
        self.suspect()
        width = re.fullmatch(r"[|<>=]?[a-zA-Z](\d{1,9})", kind) if isinstance(kind, str) else None
        shape = state.get("shape")
        if not isinstance(kind, str) or width is None or not isinstance(shape, tuple):
            raise Broken("an array of an unknown layout")
        if isinstance(state.get("numpy_array_alignment_bytes"), int):
            self.file.seek(self.opcodes.take(1)[0], 1)
        count = int(width[1]) * (4 if kind.lstrip("|<>=").startswith("U") else 1)
        for extent in shape:
            if not isinstance(extent, int) or extent < 0:
                raise Broken("an array of an unknown layout")
            count *= extent
        if count > self.size:
            raise Broken("it names more bytes than there are")
        self.file.seek(count, 1)

    def suspect(self) -> None:
        """Where numbers should stand a layout with objects in it would have a pickle."""
        place = self.file.tell()
        part = Reading()
        try:
            Machine(
                self.file, self.size, part, self.budget, strict=True, depth=self.depth + 1
            ).run()
        except Broken:
            part.hidden = 0
        if any(plausible(found) for found in part.imports):
            self.reading.add(part)
        self.file.seek(place)


_Action = Callable[[Machine, object], None]


def _actions() -> Iterator[tuple[str, _Action]]:
    def push(value: object) -> _Action:
        return lambda machine, _: machine.stack.append(value)

    def text(machine: Machine, argument: object) -> None:
        machine.stack.append(argument)

    def global_(machine: Machine, argument: object) -> None:
        pair = argument if isinstance(argument, list) else ["", ""]
        machine.stack.append(machine.imported(*pair))

    def stack_global(machine: Machine, _: object) -> None:
        name, module = machine.pop(), machine.pop()
        machine.stack.append(machine.imported(module, name))

    def inst(machine: Machine, argument: object) -> None:
        pair = argument if isinstance(argument, list) else ["", ""]
        callee = machine.imported(*pair)
        args = machine.to_mark()
        machine.kept(args)
        machine.stack.append(machine.called(callee, tuple(args)))

    def obj(machine: Machine, _: object) -> None:
        items = machine.to_mark()
        machine.kept(items[1:])
        callee = items[0] if items else UNKNOWN
        machine.stack.append(machine.called(callee, tuple(items[1:])))

    def reduce(machine: Machine, _: object) -> None:
        args, callee = machine.pop(), machine.pop()
        machine.stack.append(machine.called(callee, args))

    def newobj_ex(machine: Machine, _: object) -> None:
        machine.kept([machine.pop()])
        reduce(machine, _)

    def extension(machine: Machine, _: object) -> None:
        if machine.strict:
            raise Broken("an extension")
        machine.stack.append(machine.hide())

    def put(machine: Machine, argument: object) -> None:
        index = argument if isinstance(argument, int) else _number(argument)
        if index is None or not machine.stack:
            return
        if len(machine.memo) >= _MAX_MEMO:
            raise Broken("its memo grows too large")
        machine.memo[index] = machine.stack[-1]

    def memoize(machine: Machine, _: object) -> None:
        put(machine, len(machine.memo))

    def get(machine: Machine, argument: object) -> None:
        index = argument if isinstance(argument, int) else _number(argument)
        if machine.strict and index not in machine.memo:
            raise Broken("nothing is kept under that number")
        machine.stack.append(UNKNOWN if index is None else machine.memo.get(index, UNKNOWN))

    def dup(machine: Machine, _: object) -> None:
        machine.stack.append(machine.stack[-1] if machine.stack else UNKNOWN)

    def pop(machine: Machine, _: object) -> None:
        machine.pop()

    def pop_mark(machine: Machine, _: object) -> None:
        machine.to_mark()

    def tuple_of(count: int) -> _Action:
        def act(machine: Machine, _: object) -> None:
            items = [machine.pop() for _ in range(count)]
            machine.kept(items)
            machine.stack.append(tuple(items[::-1]))

        return act

    def tuple_(machine: Machine, _: object) -> None:
        items = machine.to_mark()
        machine.kept(items)
        machine.stack.append(tuple(items[:_MAX_KEPT]))

    def dict_(machine: Machine, _: object) -> None:
        machine.stack.append({})

    def marked_dict(machine: Machine, _: object) -> None:
        pairs = machine.to_mark()
        dict_(machine, _)
        items(machine, pairs)

    def items(machine: Machine, pairs: list[object]) -> None:
        machine.kept(pairs)
        target = machine.stack[-1] if machine.stack else None
        for key, value in zip(pairs[::2], pairs[1::2], strict=False):
            if isinstance(target, dict) and isinstance(key, str) and len(target) < _MAX_KEPT:
                target[key] = value

    def setitem(machine: Machine, _: object) -> None:
        value, key = machine.pop(), machine.pop()
        items(machine, [key, value])

    def setitems(machine: Machine, _: object) -> None:
        items(machine, machine.to_mark())

    def number(machine: Machine, argument: object) -> None:
        machine.stack.append(argument if isinstance(argument, int) else _number(argument))

    def protocol(machine: Machine, argument: object) -> None:
        if machine.strict and isinstance(argument, int) and argument > _LAST_PROTOCOL:
            raise Broken("an unknown protocol")

    yield from ((name, text) for name in WRITTEN)
    yield from ((name, number) for name in ("INT", "LONG", "LONG1", "LONG4"))
    yield "PROTO", protocol
    yield "MARK", push(MARK)
    yield from (("GLOBAL", global_), ("STACK_GLOBAL", stack_global), ("INST", inst), ("OBJ", obj))
    yield from (("REDUCE", reduce), ("NEWOBJ", reduce), ("NEWOBJ_EX", newobj_ex))
    yield from ((name, extension) for name in ("EXT1", "EXT2", "EXT4"))
    yield from ((name, put) for name in ("PUT", "BINPUT", "LONG_BINPUT"))
    yield from ((name, get) for name in ("GET", "BINGET", "LONG_BINGET"))
    yield from (("MEMOIZE", memoize), ("DUP", dup), ("POP", pop), ("POP_MARK", pop_mark))
    yield from (("TUPLE", tuple_), ("EMPTY_TUPLE", tuple_of(0)))
    yield from ((f"TUPLE{count}", tuple_of(count)) for count in (1, 2, 3))
    yield from (
        ("DICT", marked_dict),
        ("EMPTY_DICT", dict_),
        ("SETITEM", setitem),
        ("SETITEMS", setitems),
    )
    yield "BUILD", Machine.build


def _number(argument: object) -> int | None:
    try:
        return int(argument.strip().rstrip("L")) if isinstance(argument, str) else None
    except ValueError:
        return None


_ACTIONS: dict[str, _Action] = dict(_actions())
