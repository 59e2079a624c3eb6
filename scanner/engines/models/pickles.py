"""Reads what a pickle would do, without doing it.

A machine with the pickle's own opcodes, but with symbols for values: a global is a name, a call a
note. So names that are put together on the stack or fetched from the memo are known as well. What
follows in the file where joblib writes the bytes of an array is passed over as joblib would.
"""

from __future__ import annotations

import pickletools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

_OPCODES = {ord(opcode.code): opcode for opcode in pickletools.opcodes}
_MAX_OPCODES = 3_000_000
_MAX_STACK = 500_000
_MAX_TEXT = 2_000
_MAX_LINE = 20_000
_MAX_KEPT = 64
_MAX_DEPTH = 8
_PROTOCOL = 0x80
_JOBLIB_ARRAY = re.compile(r"joblib(\.\w+)* NumpyArrayWrapper")
# Of a length that stands before the argument: how many bytes it has, and whether it has a sign.
_LENGTHS = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}
_TEXTS = frozenset(
    {"STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE"}
    | {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"}
)


class Broken(Exception):
    """The bytes are no pickle from some place on."""


@dataclass(frozen=True, slots=True)
class Global:
    """Something imported by its name."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, slots=True)
class Made:
    """What a call would return."""

    callee: object
    args: object


@dataclass(slots=True)
class Reading:
    """What was read: what is imported, in order, and why the rest could not be read."""

    imports: dict[Global, None] = field(default_factory=dict)
    hidden: int = 0
    stopped: str = ""


_MARK = object()
_UNKNOWN = object()


def read_pickles(file: BinaryIO, size: int) -> Reading:
    """All pickles that stand one after the other from where the file is."""
    reading = Reading()
    try:
        while True:
            _Machine(file, size, reading).run()
            following = file.read(1)
            if not following or following[0] != _PROTOCOL:
                return reading
            file.seek(-1, 1)
    except Broken as fault:
        reading.stopped = f"{fault} at byte {file.tell():,}"
    return reading


class _Machine:
    def __init__(self, file: BinaryIO, size: int, reading: Reading, depth: int = 0) -> None:
        self.file = file
        self.size = size
        self.reading = reading
        self.depth = depth
        self.stack: list[object] = []
        self.memo: dict[int, object] = {}

    def run(self) -> None:
        """Read to the end of this pickle. Raises `Broken`."""
        if self.depth > _MAX_DEPTH:
            raise Broken("pickles are nested too deep")
        for _ in range(_MAX_OPCODES):
            code = self.file.read(1)
            opcode = _OPCODES.get(code[0]) if code else None
            if opcode is None:
                raise Broken("no opcode" if code else "it ends in the middle")
            argument = self.argument(opcode)
            if opcode.name == "STOP":
                return
            self.do(opcode, argument)
            if len(self.stack) > _MAX_STACK:
                raise Broken("its stack grows too large")
        raise Broken(f"more than {_MAX_OPCODES:,} opcodes")

    def take(self, count: int) -> bytes:
        data = self.file.read(count)
        if len(data) != count:
            raise Broken("it ends in the middle")
        return data

    def argument(self, opcode: pickletools.OpcodeInfo) -> object:
        kind = opcode.arg
        if kind is None:
            return None
        if kind.n == pickletools.UP_TO_NEWLINE:
            lines = 2 if kind.name == "stringnl_noescape_pair" else 1
            return [self.line() for _ in range(lines)]
        if kind.n in _LENGTHS:
            length = int.from_bytes(self.take(_LENGTHS[kind.n]), "little")
            if length > max(0, self.size - self.file.tell()):
                raise Broken("it names more bytes than there are")
            if length <= _MAX_TEXT:
                return self.take(length)
            self.file.seek(length, 1)
            return None
        return int.from_bytes(self.take(kind.n), "little")

    def line(self) -> str:
        line = self.file.readline(_MAX_LINE)
        if not line.endswith(b"\n"):
            raise Broken("a line without an end")
        return line[:-1].decode("utf-8", "replace")

    def pop(self) -> object:
        # What the real machine would refuse is no reason to miss the rest.
        return self.stack.pop() if self.stack else _UNKNOWN

    def to_mark(self) -> list[object]:
        items: list[object] = []
        while self.stack:
            item = self.stack.pop()
            if item is _MARK:
                break
            items.append(item)
        return items[::-1]

    def imported(self, module: object, name: object) -> object:
        if isinstance(module, str) and isinstance(name, str):
            found = Global(module, name)
            self.reading.imports.setdefault(found)
            return found
        self.reading.hidden += 1
        return _UNKNOWN

    def called(self, callee: object, args: object) -> object:
        """The result of a call; an attribute of what is imported counts as imported too."""
        if isinstance(callee, Global) and callee.name == "getattr" and isinstance(args, tuple):
            match args:
                case (Global(module=module, name=name), str(attribute), *_):
                    return self.imported(module, f"{name}.{attribute}")
                case (Made(callee=Global(module="importlib"), args=(str(module), *_)), str(name)):
                    return self.imported(module, name)
                case _:
                    pass
        return Made(callee, args)

    def do(self, opcode: pickletools.OpcodeInfo, argument: object) -> None:
        action = _ACTIONS.get(opcode.name)
        if action is not None:
            action(self, argument)
        elif opcode.name in _TEXTS:
            self.stack.append(_text(argument))
        else:
            self.by_effect(opcode, argument)

    def by_effect(self, opcode: pickletools.OpcodeInfo, argument: object) -> None:
        """An opcode of which only how it changes the stack matters."""
        if pickletools.markobject in opcode.stack_before:
            self.to_mark()
            count = opcode.stack_before.index(pickletools.markobject)
        else:
            count = len(opcode.stack_before)
        for _ in range(count):
            self.pop()
        made = argument if isinstance(argument, int) else _UNKNOWN
        self.stack += [made] * len(opcode.stack_after)

    def build(self, _argument: object) -> None:
        state = self.pop()
        target = self.stack[-1] if self.stack else _UNKNOWN
        if isinstance(target, Made) and _JOBLIB_ARRAY.fullmatch(_spelled(target.callee)):
            self.pass_array(state if isinstance(state, dict) else {})

    def pass_array(self, state: dict[object, object]) -> None:
        """Go past the bytes of the array that joblib writes behind its wrapper."""
        dtype = state.get("dtype")
        args = dtype.args if isinstance(dtype, Made) else None
        kind = args[0] if isinstance(args, tuple) and args else None
        if kind in ("O8", "O", "O4"):
            _Machine(self.file, self.size, self.reading, self.depth + 1).run()
            return
        width = re.fullmatch(r"[|<>=]?[a-zA-Z](\d+)", kind) if isinstance(kind, str) else None
        shape = state.get("shape")
        if not isinstance(kind, str) or width is None or not isinstance(shape, tuple):
            raise Broken("an array of an unknown layout")
        if isinstance(state.get("numpy_array_alignment_bytes"), int):
            self.file.seek(self.take(1)[0], 1)
        count = int(width[1]) * (4 if kind.lstrip("|<>=").startswith("U") else 1)
        for extent in shape:
            if not isinstance(extent, int):
                raise Broken("an array of an unknown layout")
            count *= extent
        if count > self.size:
            raise Broken("it names more bytes than there are")
        self.file.seek(count, 1)


def _spelled(callee: object) -> str:
    return f"{callee.module} {callee.name}" if isinstance(callee, Global) else ""


def _text(argument: object) -> object:
    if isinstance(argument, bytes):
        return argument.decode("utf-8", "replace")
    if isinstance(argument, list):
        return str(argument[0]).strip("'\"")
    return _UNKNOWN


_Action = Callable[[_Machine, object], None]


def _actions() -> Iterator[tuple[str, _Action]]:
    def push(value: object) -> _Action:
        return lambda machine, _: machine.stack.append(value)

    def global_(machine: _Machine, argument: object) -> None:
        pair = argument if isinstance(argument, list) else ["", ""]
        machine.stack.append(machine.imported(*pair))

    def stack_global(machine: _Machine, _: object) -> None:
        name, module = machine.pop(), machine.pop()
        machine.stack.append(machine.imported(module, name))

    def inst(machine: _Machine, argument: object) -> None:
        pair = argument if isinstance(argument, list) else ["", ""]
        callee = machine.imported(*pair)
        machine.stack.append(machine.called(callee, tuple(machine.to_mark())))

    def obj(machine: _Machine, _: object) -> None:
        items = machine.to_mark()
        callee = items[0] if items else _UNKNOWN
        machine.stack.append(machine.called(callee, tuple(items[1:])))

    def reduce(machine: _Machine, _: object) -> None:
        args, callee = machine.pop(), machine.pop()
        machine.stack.append(machine.called(callee, args))

    def newobj_ex(machine: _Machine, _: object) -> None:
        machine.pop()
        reduce(machine, _)

    def extension(machine: _Machine, _: object) -> None:
        machine.reading.hidden += 1
        machine.stack.append(_UNKNOWN)

    def put(machine: _Machine, argument: object) -> None:
        index = argument if isinstance(argument, int) else _number(argument)
        if index is not None and machine.stack and len(machine.memo) < _MAX_STACK:
            machine.memo[index] = machine.stack[-1]

    def memoize(machine: _Machine, _: object) -> None:
        put(machine, len(machine.memo))

    def get(machine: _Machine, argument: object) -> None:
        index = argument if isinstance(argument, int) else _number(argument)
        machine.stack.append(machine.memo.get(-1 if index is None else index, _UNKNOWN))

    def dup(machine: _Machine, _: object) -> None:
        machine.stack.append(machine.stack[-1] if machine.stack else _UNKNOWN)

    def pop(machine: _Machine, _: object) -> None:
        machine.pop()

    def pop_mark(machine: _Machine, _: object) -> None:
        machine.to_mark()

    def tuple_of(count: int) -> _Action:
        def act(machine: _Machine, _: object) -> None:
            items = [machine.pop() for _ in range(count)]
            machine.stack.append(tuple(items[::-1]))

        return act

    def tuple_(machine: _Machine, _: object) -> None:
        machine.stack.append(tuple(machine.to_mark()[:_MAX_KEPT]))

    def dict_(machine: _Machine, _: object) -> None:
        machine.stack.append({})

    def items(machine: _Machine, pairs: list[object]) -> None:
        target = machine.stack[-1] if machine.stack else None
        for key, value in zip(pairs[::2], pairs[1::2], strict=False):
            if isinstance(target, dict) and isinstance(key, str) and len(target) < _MAX_KEPT:
                target[key] = value

    def setitem(machine: _Machine, _: object) -> None:
        value, key = machine.pop(), machine.pop()
        items(machine, [key, value])

    def setitems(machine: _Machine, _: object) -> None:
        items(machine, machine.to_mark())

    yield "MARK", push(_MARK)
    yield from (("GLOBAL", global_), ("STACK_GLOBAL", stack_global), ("INST", inst), ("OBJ", obj))
    yield from (("REDUCE", reduce), ("NEWOBJ", reduce), ("NEWOBJ_EX", newobj_ex))
    yield from ((name, extension) for name in ("EXT1", "EXT2", "EXT4"))
    yield from ((name, put) for name in ("PUT", "BINPUT", "LONG_BINPUT"))
    yield from ((name, get) for name in ("GET", "BINGET", "LONG_BINGET"))
    yield from (("MEMOIZE", memoize), ("DUP", dup), ("POP", pop), ("POP_MARK", pop_mark))
    yield from (("TUPLE", tuple_), ("EMPTY_TUPLE", tuple_of(0)))
    yield from ((f"TUPLE{count}", tuple_of(count)) for count in (1, 2, 3))
    yield from (("EMPTY_DICT", dict_), ("SETITEM", setitem), ("SETITEMS", setitems))
    yield "BUILD", _Machine.build


def _number(argument: object) -> int | None:
    text = argument[0] if isinstance(argument, list) and argument else ""
    return int(text) if isinstance(text, str) and re.fullmatch(r"\d{1,9}", text) else None


_ACTIONS: dict[str, _Action] = dict(_actions())
