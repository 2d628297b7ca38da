"""What kind of endless an answer is: read off its loop, and what its variables hold where it was stopped.

`caught` looks at a thread that did not come to an end, `places` and `seen` say what was found.
"""

import ast
import builtins
import itertools
import numbers
import sys

import numpy as np

from . import readable

LOOPS = (ast.While, ast.For, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
GROWING = {"append", "extend", "insert", "add", "update", "appendleft"}
WITHOUT_END = {"count", "cycle", "repeat", "iter"}
FIXED = (numbers.Number, str, bytes, tuple, np.generic)  # nobody can write into one of these
SHAPES = {"shape", "size", "ndim"}
MOST_SHOWN, DEEP = 4, 20


def caught(thread, file):
    """The frames of a thread that lie in the reader's `file`, the innermost first."""
    frame, found = sys._current_frames().get(thread), []
    while frame:
        if frame.f_code.co_filename == str(file):
            found.append(frame)
        frame = frame.f_back
    return found


def places(frames, source):
    """The reader's lines at which it was, the innermost first; two at most."""
    lines = source.splitlines()
    at = [(frame.f_lineno, frame.f_code.co_name) for frame in frames[:2]]
    return [f"line {n}, in {name}:  {lines[n - 1].strip()}" for n, name in at if 0 < n <= len(lines)]


def seen(frames, source, waiting=False):
    """A sentence or two on what it may be."""
    if waiting:
        return (
            "It was waiting rather than computing: does it ask for input, sleep, or wait for something that "
            "never comes?"
        )
    calls = [frame.f_code for frame in frames]
    if calls and calls.count(calls[0]) > DEEP:
        name = calls[0].co_name
        return f"{name} calls itself, and was {calls.count(calls[0])} calls deep: what ends that?"
    tree = ast.parse(source)
    around = [(loop, frame) for frame in frames for loop in _loops(tree, frame.f_lineno)]
    endless = [(loop, frame) for loop, frame in around if isinstance(loop, ast.While)]
    if endless:
        stuck = [pair for pair in endless if not _moving(*pair)]
        return _while(*(stuck or endless)[0])
    if around:
        return _for(around)
    return "There is no loop around this line: is what it works on far too large, or is it called for ever?"


def _loops(tree, line):
    """The loops around a line, the innermost first."""
    found = [
        node for node in ast.walk(tree) if isinstance(node, LOOPS) and node.lineno <= line <= node.end_lineno
    ]
    return sorted(found, key=lambda node: (node.end_lineno - node.lineno, -node.col_offset))


# --- while -----------------------------------------------------------------------------------------------


def _while(loop, frame):
    said = f"`while {ast.unparse(loop.test)}` in line {loop.lineno} never ended. "
    if isinstance(loop.test, ast.Constant):
        return said + _forever(loop, frame)
    names = _variables(loop.test, frame)
    if names and not _moving(loop, frame):
        return said + f"Nothing in the loop changes {' or '.join(names)}, on which its condition depends."
    said += f"When it was stopped: {_values(names, frame)}. " if names else ""
    if _unequal(loop.test):
        return said + "What moves in steps may leap over its bound: ask with < or > instead of !=."
    return said + "Do the variables move towards the end of the loop, or away from it?"


def _forever(loop, frame):
    """On `while True`, which ends by a way out or not at all."""
    ways = _ways_out(loop)
    if not ways:
        return "Such a loop ends by break or return, and there is none in it."
    asked = [node.test for node in _own(loop) if isinstance(node, ast.If) and _holds(node, ways)]
    said = f"Its way out is in line {ways[0].lineno}"
    if not asked:
        return said + ", and it was not reached."
    names = dict.fromkeys(name for test in asked for name in _variables(test, frame))
    values = f" When it was stopped: {_values(names, frame)}." if names else ""
    return said + f", behind `if {ast.unparse(asked[0])}`: can that come true?{values}"


def _own(loop):
    """What lies in a loop's body and may end it: no inner function's return, no inner loop's break."""
    waiting = [(node, False) for node in loop.body]
    while waiting:
        node, inner = waiting.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.Lambda)) or (inner and isinstance(node, ast.Break)):
            continue
        yield node
        inner = inner or isinstance(node, (ast.While, ast.For))
        waiting += [(child, inner) for child in ast.iter_child_nodes(node)]


def _holds(node, ways):
    return any(way in ways for way in ast.walk(node))


def _unequal(test):
    return any(
        isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.NotEq) for node in ast.walk(test)
    )


def _moving(loop, frame):
    """Whether a while loop may come to an end: what its condition asks of changes, or there is a way out."""
    if _ways_out(loop):
        return True
    names = _variables(loop.test, frame)
    return not isinstance(loop.test, ast.Constant) and (not names or bool(names & _changed(loop, frame)))


def _ways_out(loop):
    return [node for node in _own(loop) if isinstance(node, (ast.Break, ast.Return, ast.Raise))]


def _variables(test, frame):
    """The names in a condition that hold values: not functions, modules or types, nor arrays' shapes."""
    shapes = [
        node.value for node in ast.walk(test) if isinstance(node, ast.Attribute) and node.attr in SHAPES
    ]
    found = (node for node in ast.walk(test) if isinstance(node, ast.Name) and node not in shapes)
    names = dict.fromkeys(node.id for node in found)
    values = {name: _value(name, frame) for name in names if not hasattr(builtins, name)}
    return {name: v for name, v in values.items() if not callable(v) and not isinstance(v, type(sys))}.keys()


def _changed(loop, frame):
    """Names that a loop assigns to or writes into, or hands to somebody who may write into them."""
    changed, handed = set(), set()
    for node in itertools.chain(ast.walk(loop.test), *map(ast.walk, loop.body)):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            changed.add(node.id)
        elif isinstance(node, (ast.Subscript, ast.Attribute)) and not isinstance(node.ctx, ast.Load):
            changed.add(_root(node))
        elif isinstance(node, ast.Call):
            handed |= {_root(part) for part in (node.func, *node.args)}
    return changed | {name for name in handed if not isinstance(_value(name, frame), FIXED)}


def _root(node):
    """The name before all dots and brackets."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


# --- for -------------------------------------------------------------------------------------------------


def _for(around):
    loops = [(loop, frame) for loop, frame in around if isinstance(loop, ast.For)]
    for loop, _ in loops:
        if said := _growing(loop) or _without_end(loop.iter):
            return said
    where = f"the loop in line {around[-1][0].lineno}"
    if loops:
        loop, frame = loops[-1]  # the outermost
        where = f"`for {ast.unparse(loop.target)} in {ast.unparse(loop.iter)}` in line {loop.lineno}"
        where += _at(loop, frame)
    nested = f" There are {len(around)} loops, one inside the other." if len(around) > 1 else ""
    return (
        f"It would end, but takes far too long: {where}.{nested} Does it run over more than is asked for, or "
        "does every round repeat work that could be done once?"
    )


def _at(loop, frame):
    names = [node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)]
    told = _values(names, frame)
    return f", at {told}" if told else ""


def _growing(loop):
    name = ast.unparse(loop.iter)
    for node in itertools.chain(*map(ast.walk, loop.body)):
        method = node.func if isinstance(node, ast.Call) else None
        if isinstance(method, ast.Attribute) and method.attr in GROWING and ast.unparse(method.value) == name:
            return (
                f"The loop in line {loop.lineno} goes through {name}, and line {node.lineno} adds to {name}: "
                "it never comes to the end."
            )
    return ""


def _without_end(iterated):
    if not isinstance(iterated, ast.Call):
        return ""
    name = ast.unparse(iterated.func)
    if name.rpartition(".")[2] not in WITHOUT_END:
        return ""
    return (
        f"`{ast.unparse(iterated)}` in line {iterated.lineno} has no end: is there a way out that is reached?"
    )


# --- values ----------------------------------------------------------------------------------------------


def _value(name, frame):
    for known in (frame.f_locals, frame.f_globals):
        if name in known:
            return known[name]
    return None


def _values(names, frame):
    known = (name for name in names if name in frame.f_locals or name in frame.f_globals)
    shown = itertools.islice(known, MOST_SHOWN)
    return ", ".join(f"{name} = {_short(_value(name, frame))}" for name in shown)


def _short(value):
    if isinstance(value, (list, tuple, dict, set, str)) and len(value) > 8:
        return f"a {type(value).__name__} of {len(value)}"
    return readable.short(value)
