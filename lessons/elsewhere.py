"""A stand-in for a GPU's array library on machines that have none.

Its arrays live elsewhere, so to speak: NumPy cannot touch them, and mixing both is an error, as with
CuPy. `Elsewhere()` has NumPy's functions (`xp.exp`, `xp.maximum`, ...), and `asarray` and `asnumpy` to move
arrays there and back; it counts what is moved, and how many calls there have been.
"""

import operator

import numpy as np


class MixedUpError(TypeError):
    """NumPy was to touch an array that lives elsewhere."""


class Elsewhere:
    """`there` and `back` are bytes moved, one entry for each transfer; `calls` counts computations."""

    float32, float64, newaxis, pi, inf = np.float32, np.float64, None, np.pi, np.inf

    def __init__(self):
        self.there, self.back, self.calls = [], [], 0

    def asarray(self, x, dtype=None):
        """A NumPy array, moved there; what is there already stays."""
        if isinstance(x, Array):
            return x if dtype is None else x.astype(dtype)
        x = np.asarray(x, dtype)
        self.there.append(x.nbytes)
        return Array(x.copy(), self)

    array = asarray

    def asnumpy(self, x):
        """An array from there as a NumPy array: the way back."""
        return x.get()

    def __getattr__(self, name):
        function = getattr(np, name)
        if not callable(function):
            raise AttributeError(f"{name}: this library has NumPy's functions alone")

        def compute(*args, **kwargs):
            return self.compute(function, name, *args, **kwargs)

        return compute

    def compute(self, function, name, *args, **kwargs):
        """NumPy's function on arrays that live here; an array of NumPy's own among them is refused."""
        self.calls += 1
        result = function(*self._opened(args, name), **{k: self._opened(v, name) for k, v in kwargs.items()})
        if isinstance(result, tuple):
            return tuple(Array(part, self) for part in result)
        return Array(np.asarray(result), self)

    def _opened(self, x, name):
        if isinstance(x, Array):
            return x.inner
        if isinstance(x, np.ndarray):
            raise MixedUpError(
                f"{name}: expected an array of the device, got one of NumPy; xp.asarray moves it there"
            )
        if isinstance(x, (list, tuple)):
            return type(x)(self._opened(part, name) for part in x)
        return x


class Array:
    """An array that lives elsewhere. Shape and dtype are known here; its entries are not."""

    __hash__ = None

    def __init__(self, inner, home):
        self.inner, self.home = inner, home

    def __array__(self, *args, **kwargs):
        raise MixedUpError(
            "this array lives on the device, and NumPy cannot touch it: use xp's functions, or .get() to "
            "bring it back"
        )

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        """NumPy's functions, and operators behind its own arrays; a single number of NumPy's may pass."""
        if any(isinstance(x, np.generic) for x in inputs):
            return self.home.compute(getattr(ufunc, method), ufunc.__name__, *inputs, **kwargs)
        raise MixedUpError(
            f"np.{ufunc.__name__}: this array lives on the device; xp.{ufunc.__name__} works there"
        )

    def get(self):
        """A copy as a NumPy array."""
        self.home.back.append(self.inner.nbytes)
        return self.inner.copy()

    def item(self):
        return self.get().item()

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def __bool__(self):
        return bool(self.item())

    def __len__(self):
        return len(self.inner)

    def __iter__(self):
        return (self[n] for n in range(len(self)))

    def __getitem__(self, key):
        return Array(self.inner[self.home._opened(key, "index")], self.home)

    def __setitem__(self, key, value):
        self.home.calls += 1
        self.inner[self.home._opened(key, "index")] = self.home._opened(value, "assignment")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)  # not by a back door either
        value = getattr(self.inner, name)
        if isinstance(value, np.ndarray):  # .T
            return Array(value, self.home)
        if not callable(value):
            return value  # .shape, .dtype, .size, .ndim, .nbytes

        def compute(*args, **kwargs):
            return self.home.compute(value, name, *args, **kwargs)

        return compute

    def __deepcopy__(self, memo):
        return Array(self.inner.copy(), self.home)

    def __repr__(self):
        return f"<an array of shape {self.shape} that lives elsewhere>"


def _operator(name):
    function = getattr(operator, name)

    def compute(self, *others):
        return self.home.compute(function, name, self, *others)

    return compute


def _reflected(name):
    function = getattr(operator, name)

    def compute(self, other):
        return self.home.compute(lambda a, b: function(b, a), name, self, other)

    return compute


def _in_place(name):
    function = getattr(operator, "i" + name)

    def compute(self, other):
        self.home.compute(function, name, self, other)
        return self

    return compute


BOTH = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
for _name in BOTH:
    setattr(Array, f"__{_name}__", _operator(_name))
    setattr(Array, f"__r{_name}__", _reflected(_name))
    setattr(Array, f"__i{_name}__", _in_place(_name))
for _name in ("lt", "le", "gt", "ge", "eq", "ne", "and_", "or_", "neg", "abs", "invert"):
    setattr(Array, f"__{_name.strip('_')}__", _operator(_name))
