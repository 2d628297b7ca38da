"""A strict stand-in for CuPy: NumPy inside, and no way in or out that is not counted.

Its arrays refuse whatever would copy them to the host unseen: `float`, `bool`, `int`, use as an index,
NumPy's functions, and arithmetic with NumPy arrays. Numbers are welcome, as they are in CuPy. What CuPy
would do by a copy that one may have meant, `get`, `asnumpy` and `asarray`, it does, and counts.

Only what our code uses is here: a test that fails for want of a function asks whether CuPy has it. Reductions
give arrays of no axes, as CuPy's do, not numbers.
"""

import operator
from types import SimpleNamespace

import numpy as np

NUMBERS = (bool, int, float, np.generic)


class HiddenCopyError(TypeError):
    """Something would have gone from device to host, or the other way, without anyone asking for it."""


class Library:
    """Stands for the module; `ups` and `downs` hold the bytes of every copy to the device and back."""

    def __init__(self):
        self.__name__ = "cupy"
        self.ups, self.downs = [], []
        self.ndarray = type("ndarray", (_Array,), {"library": self})
        for name in FUNCTIONS:
            setattr(self, name, self._wrapped(getattr(np, name)))
        self.linalg = SimpleNamespace(
            **{name: self._wrapped(getattr(np.linalg, name)) for name in ("cholesky", "eigh", "norm")}
        )
        windows = self._wrapped(np.lib.stride_tricks.sliding_window_view)
        self.lib = SimpleNamespace(stride_tricks=SimpleNamespace(sliding_window_view=windows))
        self.cuda = SimpleNamespace(
            runtime=SimpleNamespace(
                getDeviceCount=lambda: 2,
                runtimeGetVersion=lambda: 12090,
                getDeviceProperties=lambda number: {"name": b"a strict stand-in"},
                memGetInfo=lambda: (2**34, 2**35),
            ),
            Device=lambda number=0: SimpleNamespace(use=lambda: None, id=number),
            get_current_stream=lambda: SimpleNamespace(synchronize=lambda: None),
        )
        self.get_default_memory_pool = lambda: SimpleNamespace(
            free_bytes=lambda: 0, total_bytes=lambda: 10**6, free_all_blocks=lambda: None
        )
        self.RawKernel = lambda code, name: SimpleNamespace(compile=lambda: None)
        self.nan, self.inf = np.nan, np.inf

    def asarray(self, x, dtype=None, order=None):
        """From the host, counted; an array that is here already stays, as far as its dtype allows."""
        if isinstance(x, self.ndarray):
            return self.own(np.asarray(x.inside, dtype, order))
        found = np.array(x, dtype, order=order)
        self.ups.append(found.nbytes)
        return self.own(found)

    def array(self, x, dtype=None, order="K"):
        return self.own(np.array(self.asarray(x).inside, dtype, order=order))

    def asnumpy(self, x):
        return x.get()

    def own(self, found):
        """What NumPy gave, as arrays of this library; text, types and the like stay what they are."""
        if isinstance(found, (tuple, list)):
            return tuple(self.own(one) for one in found)
        if not isinstance(found, (np.ndarray, np.generic)):
            return found
        array = self.ndarray.__new__(self.ndarray)
        array.inside = np.asarray(found)
        return array

    def inside(self, x, who):
        """An argument as NumPy is to see it, if it belongs here."""
        if isinstance(x, self.ndarray):
            return x.inside
        if isinstance(x, (np.ndarray, _Array)):
            raise HiddenCopyError(f"{who}: an array of another library, of shape {x.shape}")
        if isinstance(x, (tuple, list)):
            return type(x)(self.inside(one, who) for one in x)
        return x

    def _wrapped(self, function):
        def wrapped(*arguments, out=None, **options):
            name = function.__name__
            if out is not None:
                function(
                    *(self.inside(one, name) for one in arguments), out=self.inside(out, name), **options
                )
                return out
            arguments = [self.inside(one, name) for one in arguments]
            options = {key: self.inside(one, name) for key, one in options.items()}
            return self.own(function(*arguments, **options))

        return wrapped


FUNCTIONS = (
    *("empty", "zeros", "ones", "full", "arange", "eye"),
    *("empty_like", "zeros_like", "ones_like", "full_like"),
    *("add", "subtract", "multiply", "negative", "maximum", "minimum", "clip", "copyto", "where"),
    *("abs", "exp", "log", "rint", "sign", "sqrt", "isfinite", "sum", "trace", "einsum", "matmul"),
    *("concatenate", "stack", "tile", "repeat", "may_share_memory", "shares_memory"),
)


class _Array:
    """What `Library.ndarray` is made from."""

    library = None
    __array_priority__ = 100
    __hash__ = None

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        """A NumPy number on the left of an operator ends up here; anything else of NumPy's must not."""
        if method != "__call__" or options or not all(isinstance(x, (_Array, *NUMBERS)) for x in inputs):
            raise HiddenCopyError(f"np.{ufunc.__name__} of an array on a device")
        return self.library.own(ufunc(*(self.library.inside(x, ufunc.__name__) for x in inputs)))

    def __array_function__(self, function, types, arguments, options):
        raise HiddenCopyError(f"np.{function.__name__} of an array on a device")

    def _refuse(self, *_, **__):
        raise HiddenCopyError(f"an array on a device, of shape {self.shape}, is wanted on the host")

    __array__ = __float__ = __bool__ = __int__ = __index__ = __complex__ = __contains__ = _refuse
    item = tolist = tobytes = _refuse

    def get(self):
        """The copy to the host that is meant."""
        self.library.downs.append(self.inside.nbytes)
        return self.inside.copy()

    def __getitem__(self, index):
        return self.library.own(self.inside[self._index(index)])

    def __setitem__(self, index, value):
        self.inside[self._index(index)] = self.library.inside(value, "an assignment")

    def _index(self, index):
        return self.library.inside(index, "an index")

    def __len__(self):
        return len(self.inside)

    def __iter__(self):
        return iter([self.library.own(one) for one in self.inside])

    def __repr__(self):
        return f"<strict array of shape {self.shape}, {self.dtype}>"

    @property
    def T(self):  # noqa: N802 - NumPy's name
        return self.library.own(self.inside.T)

    @property
    def flags(self):
        flags = self.inside.flags
        return SimpleNamespace(
            c_contiguous=flags.c_contiguous, f_contiguous=flags.f_contiguous, owndata=flags.owndata
        )


def _attribute(name):
    return property(lambda self: getattr(self.inside, name))


def _method(name):
    def method(self, *arguments, **options):
        who = f"the method {name}"
        arguments = [self.library.inside(one, who) for one in arguments]
        options = {key: self.library.inside(one, who) for key, one in options.items()}
        return self.library.own(getattr(self.inside, name)(*arguments, **options))

    return method


def _operator(name):
    does = getattr(operator, name)

    def forward(self, other):
        return self.library.own(does(self.inside, self.library.inside(other, name)))

    def backward(self, other):
        return self.library.own(does(self.library.inside(other, name), self.inside))

    def in_place(self, other):
        self.inside = getattr(operator, f"i{name.strip('_')}")(self.inside, self.library.inside(other, name))
        return self

    return forward, backward, in_place


for _name in ("dtype", "itemsize", "nbytes", "ndim", "shape", "size", "strides"):
    setattr(_Array, _name, _attribute(_name))
for _name in (
    *("all", "any", "astype", "copy", "diagonal", "max", "mean", "min", "ravel", "reshape", "sum"),
    *("swapaxes", "transpose", "view", "fill"),
):
    setattr(_Array, _name, _method(_name))
for _name in ("add", "sub", "mul", "truediv", "pow", "matmul", "mod", "floordiv", "and_", "or_", "xor"):
    _forward, _backward, _in_place = _operator(_name)
    _plain = _name.strip("_")
    setattr(_Array, f"__{_plain}__", _forward)
    setattr(_Array, f"__r{_plain}__", _backward)
    setattr(_Array, f"__i{_plain}__", _in_place)
for _name in ("lt", "le", "eq", "ne", "gt", "ge"):
    setattr(_Array, f"__{_name}__", _operator(_name)[0])
for _name in ("neg", "abs", "invert", "pos"):
    _does = getattr(operator, _name)
    setattr(_Array, f"__{_name}__", lambda self, does=_does: self.library.own(does(self.inside)))
