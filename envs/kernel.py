"""The decorators of all compiled code, and a cache on disk that notices when any kernel's source changed.

`SANDLOT_JIT=0` in the environment runs every kernel as the plain Python that it is: thousands of times slower, bit for bit the same.
`SANDLOT_JIT=checked` compiles them with a check of every index: several times slower, the same bits again, and an IndexError that names the line where
an index lies outside its array. For tests; its kernels are not to be called by two threads at once.
"""

import ctypes
import hashlib
import inspect
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

_Function = TypeVar("_Function", bound=Callable[..., Any])
_RESULTS = {float: np.float32, int: np.int64, bool: np.bool_}
_FOLDER = Path(__file__).parent
_HAS_KERNELS = re.compile(rb"^from \.kernel import .*\b(inner|kernel|shared)\b", re.MULTILINE)

INTERPRETED = os.environ.get("SANDLOT_JIT") == "0"
CHECKED = os.environ.get("SANDLOT_JIT") == "checked"


def sources() -> Iterator[tuple[str, bytes]]:
    """Names and texts of the modules that machine code is made from: those with kernels in them, and what compiles them."""
    compiler = {"kernel.py", "layout.py", "machine.py", "state.py", "translate.py"}
    for path in sorted(_FOLDER.glob("*.py")):
        text = path.read_bytes()
        if path.name in compiler or path.name.startswith("ir_") or _HAS_KERNELS.search(text):
            yield path.name, text


def source_hash() -> str:
    """Hash of the sources of these modules."""
    digest = hashlib.sha256(sys.version.encode())
    for _, text in sources():
        digest.update(text)
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where machine code is kept: `$SANDLOT_CACHE`, or `sandlot` in the user's cache folder."""
    root = os.environ.get("SANDLOT_CACHE")
    if root:
        return Path(root)
    windows = sys.platform == "win32"
    named = os.environ.get("LOCALAPPDATA" if windows else "XDG_CACHE_HOME")
    try:
        user = Path(named) if named else Path.home() if windows else Path.home() / ".cache"
    except RuntimeError:  # a user without a home
        user = Path(os.devnull)
    return user / "sandlot" / "cache" if windows else user / "sandlot"


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
            from . import machine

            stamp = hashlib.sha256((source_hash() + machine.version() + inspect.getsource(self.function)).encode()).hexdigest()[:16]
            self._path = cache_folder() / f"{self.function.__name__}-{stamp}{'-checked' if CHECKED else ''}.o"
        return self._path

    def is_compiled(self) -> bool:
        """Whether the next call needs no compiling: it ran before, its code lies on disk, or nothing is compiled."""
        return INTERPRETED or self._call is not None or self.path().exists()

    def compile(self) -> None:
        """Make ready for the first call: load the machine code, or make it."""
        from . import machine

        begun = time.perf_counter()
        name, path = self.function.__name__, self.path()
        data = machine.read(path)
        if data is None:
            data = self._build(name)
            _tell_unkept(machine.write(path, data))
        loading = time.perf_counter()
        address = machine.load(data, name)
        now = time.perf_counter()
        self.seconds["load"] = now - loading
        self.seconds["all"] = now - begun
        count = len(inspect.signature(self.function).parameters) + 1
        self._call = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * count)(address)

    def _build(self, name: str) -> bytes:
        from . import machine, translate
        from .layout import LANES

        begun = time.perf_counter()
        hints = get_type_hints(self.function, include_extras=True)
        module = translate.Module(style, LANES, CHECKED)
        parameters = list(inspect.signature(self.function).parameters)
        types = [translate.type_of_annotation(hints[parameter], parameter, CHECKED) for parameter in parameters]
        module.entry(self.function, name, types)
        text = module.text()
        self.seconds["translate"] = time.perf_counter() - begun
        data, seconds = machine.compile_text(text)
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
        from . import translate

        site = int(self._words[-1].view(np.int64)[0])
        if site:
            raise IndexError(f"{translate.place_of(site, (name for name, _ in sources()))}: an index outside its array, or a division by 0")


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


_announced = _told_unkept = False


def _tell_unkept(reason: str) -> None:
    """Say once, on standard error, why machine code isn't kept, if it isn't."""
    global _told_unkept
    if reason and not _told_unkept:
        print(f"sandlot: compiled code can't be kept, so that every process compiles anew ({reason}); set SANDLOT_CACHE to a folder", file=sys.stderr)
        _told_unkept = True


def announce() -> None:
    """Say once, on standard error, that compiling takes a while, if it is about to."""
    global _announced
    if _announced:
        return
    _announced = True
    from . import batch, machine

    if not batch.work.is_compiled():
        problem = machine.writing_problem(cache_folder())
        when = "some seconds" if problem else "first run on this machine only, some seconds"
        print(f"sandlot: compiling the kernels ({when}) ...", file=sys.stderr, flush=True)
        _tell_unkept(problem)
