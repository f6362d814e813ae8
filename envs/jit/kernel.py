"""The decorators of all compiled code, and what Python calls: a kernel, compiled where its machine code does not lie on disk.

`SANDLOT_JIT=0` in the environment runs every kernel as the plain Python that it is: thousands of times slower, bit for bit the same.
`SANDLOT_JIT=checked` compiles them with a check of every index: several times slower, the same bits again, and an IndexError that names the line where
an index lies outside its array. For tests; its kernels are not to be called by two threads at once.
"""

import ctypes
import hashlib
import inspect
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeVar, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from . import cache
from .ir import type_of_annotation
from .module import Module, place_of
from .statements import translate

_Function = TypeVar("_Function", bound=Callable[..., Any])
_RESULTS = {float: np.float32, int: np.int64, bool: np.bool_}

INTERPRETED = os.environ.get("SANDLOT_JIT") == "0"
CHECKED = os.environ.get("SANDLOT_JIT") == "checked"


def _target() -> ModuleType:
    """Makes code of LLVM's text: `compile_text`, `load`, `version`. Imported when first asked: LLVM is heavy, and `SANDLOT_JIT=0` does without."""
    from . import native

    return native


def inner(function: _Function) -> _Function:
    """A small function that only kernels call: its code is put in place of each call."""
    function.style = "inner"  # type: ignore[attr-defined]
    return function


def shared(function: _Function) -> _Function:
    """A function that kernels call from many places: LLVM judges where a copy pays."""
    function.style = "shared"  # type: ignore[attr-defined]
    return function


class Bound(NamedTuple):
    """A NamedTuple of arrays, ready for compiled code: `words` holds for each array its address, then its steps of all axes but the last, in elements.

    Checked code also wants the number of its elements.
    """

    record: Any
    words: NDArray[np.int64]
    address: int


def bind(record: Any) -> Bound:
    """Take down where the arrays of a record, or one array, lie; they must be C-contiguous, with the types of the annotations."""
    words: list[int] = []
    for array in (record,) if isinstance(record, np.ndarray) else record:
        words.append(array.__array_interface__["data"][0])
        if array.ndim > 1:
            words += [step // array.itemsize for step in array.strides[:-1]]
        if CHECKED:
            words.append(array.size)
    packed = np.array(words, np.int64)
    return Bound(record, packed, packed.__array_interface__["data"][0])


class Kernel:
    """A function that Python calls, compiled at its first call for the types of its annotations.

    Arguments are numbers, arrays and records (see `bind`); what it returns are numbers (`int`, `float` as float32, `bool`), or nothing. One that returns
    something is not to be called by two threads at once.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.__doc__ = function, function.__doc__
        self.seconds: dict[str, float] = {}
        """What compiling took in this process: translate, read, optimise, write; only `load` where the code lay on disk."""
        self._call: Callable[..., Any] | None = None
        returned = get_type_hints(function).get("return", type(None))
        kinds = () if returned is type(None) else get_args(returned) or (returned,)
        self._result = tuple(_RESULTS[kind] for kind in kinds)
        self._words = np.zeros((len(kinds) + 1, 8), np.uint8)  # the last is for checked code
        self._result_address = self._words.__array_interface__["data"][0]
        self._path: Path | None = None

    def path(self) -> Path:
        """Where the machine code is kept, by source, processor and versions."""
        if self._path is None:
            made_of = cache.source_hash() + _target().version() + inspect.getsource(self.function)
            stamp = hashlib.sha256(made_of.encode()).hexdigest()[:16]
            self._path = cache.cache_folder() / f"{self.function.__name__}-{stamp}{'-checked' if CHECKED else ''}.o"
        return self._path

    def is_compiled(self) -> bool:
        """Whether the next call needs no compiling: it ran before, its code lies on disk, or nothing is compiled."""
        return INTERPRETED or self._call is not None or self.path().exists()

    def compile(self) -> None:
        """Make ready for the first call: load the machine code, or make it."""
        begun = time.perf_counter()
        path = self.path()
        data = cache.read(path)
        if data is None:
            data = self._build()
            cache.tell_unkept(cache.write(path, data))
        loading = time.perf_counter()
        address = _target().load(data, self.function.__name__)
        now = time.perf_counter()
        self.seconds["load"] = now - loading
        self.seconds["all"] = now - begun
        count = len(inspect.signature(self.function).parameters) + 1
        self._call = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * count)(address)

    def text(self) -> str:
        """What is compiled: the kernel and all that it calls, as LLVM assembly."""
        hints = get_type_hints(self.function, include_extras=True)
        types = [type_of_annotation(hints[name], name, CHECKED) for name in inspect.signature(self.function).parameters]
        module = Module(translate, style, CHECKED)
        module.entry(self.function, self.function.__name__, types)
        return module.text()

    def _build(self) -> bytes:
        begun = time.perf_counter()
        text = self.text()
        self.seconds["translate"] = time.perf_counter() - begun
        data: bytes
        data, seconds = _target().compile_text(text)
        self.seconds.update(seconds)
        return data

    def __call__(self, *arguments: Any) -> Any:
        """Run; the interpreter lock is released while compiled code runs. What is not bound yet is bound for this call."""
        if INTERPRETED:
            with np.errstate(all="ignore"):
                return self.function(*(a.record if type(a) is Bound else a for a in arguments))
        if self._call is None:
            self.compile()
        assert self._call is not None
        passed = [a if type(a) is Bound or type(a) is int else _passed(a) for a in arguments]  # alive until the call is over
        self._call(*[a.address if type(a) is Bound else a for a in passed], self._result_address)
        if CHECKED:
            self._complain()
        if not self._result:
            return None
        values = tuple(word.view(kind)[0] for kind, word in zip(self._result, self._words, strict=False))
        return values[0] if len(values) == 1 else values

    def _complain(self) -> None:
        """Say where an index lay outside its array, or a divisor was 0, in the call that has just ended."""
        site = int(self._words[-1].view(np.int64)[0])
        if site:
            raise IndexError(f"{place_of(site, cache.sources())}: an index outside its array, or a division by 0")


def _passed(value: Any) -> Bound | int:
    """An argument as compiled code takes it."""
    if isinstance(value, float | np.floating):
        return int(np.float32(value).view(np.int32))
    return int(value) if isinstance(value, int | np.integer | np.bool_) else bind(value)


def style(function: Any) -> str | None:
    """How a function is compiled: `inner`, `shared`, or None where it is no kernel."""
    return getattr(function, "style", None) if inspect.isfunction(function) else None


def kernel(function: Callable[..., Any]) -> Kernel:
    """A function that Python calls."""
    return Kernel(function)
