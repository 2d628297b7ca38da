"""A pickle machine that can build dictionaries, lists, tuples, numbers, text and tensors, and nothing else.

Python's own unpickler calls whatever a file names. This one has no way to: it knows the few operations
that PyTorch writes into a state dict (protocol 2), a short list of names, and for each of these a function
of ours. Every other operation and every other name ends the reading. Memory and time are bounded by the
pickle's own length, which is bounded too; nothing here ever walks down what was built, so that depth and
sharing ("memo bombs") cost nothing.
"""

import struct

from ..errors import WeightFileError
from .tensors import shown

LONGEST = 1 << 18  # bytes of one pickle; VGG19's state dict takes five thousand
TEXT = 1000  # bytes of one string


class Name:
    """A global that the file asked for and that is on the list: only a label, until REDUCE."""

    def __init__(self, name):
        self.name = name


class Machine:
    """`run(data)` gives the pickled value and the place where the pickle ends.

    calls       {"module.name": function of ours}, for what REDUCE may call
    names       other names that may occur, as storage types do
    persistent  function of ours for persistent ids
    """

    def __init__(self, calls, names, persistent):
        self.calls, self.names, self.persistent = calls, names, persistent

    def run(self, data):
        self.data, self.at = bytes(data[:LONGEST]), 0
        self.stack, self.marks, self.memo = [], [], {}
        while True:
            code = self.take(1)
            if code == b".":
                return self.pop(), self.at
            operation = OPERATIONS.get(code)
            if operation is None:
                raise WeightFileError(f"the pickle holds operation {code!r}, which no state dict needs")
            operation(self)

    def take(self, length):
        piece = self.data[self.at : self.at + length]
        if len(piece) < length:
            raise WeightFileError("the pickle ends too early, or is too long for a state dict")
        self.at += length
        return piece

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def line(self):
        end = self.data.find(b"\n", self.at, self.at + TEXT)
        if end < 0:
            raise WeightFileError("the pickle holds a name without an end")
        piece, self.at = self.data[self.at : end], end + 1
        return piece.decode("ascii")

    def text(self, length):
        if length > TEXT:
            raise WeightFileError(f"the pickle holds a string of {length} bytes; names of layers are shorter")
        return self.take(length).decode()

    def push(self, value):
        self.stack.append(value)

    def pop(self, kind=object):
        """The top of the stack, above the last mark, and of the kind that the operation needs."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise WeightFileError("the pickle takes more than it has put down")
        return _of(kind, self.stack.pop())

    def top(self, kind):
        if not self.stack:
            raise WeightFileError("the pickle takes more than it has put down")
        return _of(kind, self.stack[-1])

    def above_mark(self):
        if not self.marks:
            raise WeightFileError("the pickle looks for a mark that it never set")
        at = self.marks.pop()
        values = self.stack[at:]
        del self.stack[at:]
        return values

    def store(self, values):
        """Values in turn a key and what belongs to it, into the dictionary below them."""
        if len(values) % 2:
            raise WeightFileError("the pickle holds a key without a value")
        target = self.top(dict)
        for key, value in zip(values[::2], values[1::2], strict=True):
            target[_of((str, int), key)] = value

    def named(self):
        name = f"{self.line()}.{self.line()}"
        if name not in self.calls and name not in self.names:
            raise WeightFileError(
                f"the pickle asks for {shown(name)}, which no state dict needs; "
                "if it is a whole model, save model.state_dict() instead"
            )
        self.push(Name(name))

    def reduce(self):
        arguments, function = self.pop(tuple), self.pop(Name)
        if function.name not in self.calls:
            raise WeightFileError(f"the pickle calls {shown(function.name)}, which is no function")
        try:
            self.push(self.calls[function.name](*arguments))
        except TypeError as error:
            raise WeightFileError(
                f"the pickle calls {shown(function.name)} with the wrong arguments"
            ) from error

    def build(self):
        """State for the object below: PyTorch gives its dictionaries a version number, which nobody needs."""
        self.pop(dict)
        self.top(dict)

    def recall(self, index):
        if index not in self.memo:
            raise WeightFileError(f"the pickle recalls entry {index}, which it never stored")
        self.push(self.memo[index])

    def remember(self, index):
        self.memo[index] = self.top(object)

    def gather(self, count):
        self.push(tuple([self.pop() for _ in range(count)][::-1]))


def _of(kind, value):
    if not isinstance(value, kind):
        raise WeightFileError(f"the pickle puts a {type(value).__name__} where none belongs")
    return value


def _protocol(machine):
    if machine.number("<B") not in (2, 3):
        raise WeightFileError("expected a pickle of protocol 2, as PyTorch writes it")


OPERATIONS = {
    b"\x80": _protocol,
    b"(": lambda m: m.marks.append(len(m.stack)),
    b")": lambda m: m.push(()),
    b"]": lambda m: m.push([]),
    b"}": lambda m: m.push({}),
    b"t": lambda m: m.push(tuple(m.above_mark())),
    b"\x85": lambda m: m.gather(1),
    b"\x86": lambda m: m.gather(2),
    b"\x87": lambda m: m.gather(3),
    b"a": lambda m: (value := m.pop(), m.top(list).append(value)),
    b"e": lambda m: (values := m.above_mark(), m.top(list).extend(values)),
    b"s": lambda m: (value := m.pop(), m.store([m.pop(), value])),
    b"u": lambda m: m.store(m.above_mark()),
    b"N": lambda m: m.push(None),
    b"\x88": lambda m: m.push(True),
    b"\x89": lambda m: m.push(False),
    b"J": lambda m: m.push(m.number("<i")),
    b"K": lambda m: m.push(m.number("<B")),
    b"M": lambda m: m.push(m.number("<H")),
    b"G": lambda m: m.push(m.number(">d")),
    b"\x8a": lambda m: m.push(int.from_bytes(m.take(m.number("<B")), "little", signed=True)),
    b"X": lambda m: m.push(m.text(m.number("<I"))),
    b"T": lambda m: m.push(m.text(m.number("<I"))),
    b"U": lambda m: m.push(m.text(m.number("<B"))),
    b"q": lambda m: m.remember(m.number("<B")),
    b"r": lambda m: m.remember(m.number("<I")),
    b"h": lambda m: m.recall(m.number("<B")),
    b"j": lambda m: m.recall(m.number("<I")),
    b"c": lambda m: m.named(),
    b"R": lambda m: m.reduce(),
    b"b": lambda m: m.build(),
    b"Q": lambda m: m.push(m.persistent(m.pop(tuple))),
}
