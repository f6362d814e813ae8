"""The one decorator of all compiled code, and a cache on disk that notices when any kernel's source changed."""

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba
from numba.core import caching, codegen
from numba.core.compiler_lock import global_compiler_lock

_FOLDER = Path(__file__).parent


KERNELS = ("batch", "contacts", "control", "elementary", "geometry", "kernel", "layout", "physics", "program", "rng", "rules", "sensors", "spawn", "state",
           "tables")  # fmt: skip
"""The modules that machine code is made from; a test compares them with those that import the decorators below."""


def source_hash() -> str:
    """Hash of these modules and of Numba's and Python's versions.

    Numba's own stamp covers the file of the outermost function only: a change of a kernel that it calls would go unnoticed.
    """
    digest = hashlib.sha256(f"{numba.__version__} {sys.version}".encode())
    for name in KERNELS:
        digest.update((_FOLDER / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled kernels are kept: `$SANDLOT_CACHE`, or `sandlot` in the user's cache folder."""
    root = os.environ.get("SANDLOT_CACHE")
    if root:
        return Path(root)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "sandlot" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sandlot"


def build() -> str:
    """Which of two builds this process uses: `full` where it was compiled ahead (`sandlot warmup`) or `$SANDLOT_BUILD` asks for it, else `quick`.

    The arithmetic is the same. `full` puts the small functions in place of every call before LLVM optimizes: twice to three times the steps a second,
    but minutes of compiling, which nobody wants to wait for before the first look at a game.
    """
    asked = os.environ.get("SANDLOT_BUILD")
    if asked in ("full", "quick"):
        return asked
    return "full" if full_mark().exists() else "quick"


def full_mark() -> Path:
    """The file that says that the full build of this source lies in the cache."""
    return cache_folder() / f"{_stamp()}-full" / "complete"


class _Locator(caching.UserWideCacheLocator):  # type: ignore[misc]
    """Keeps the compiled code under `cache_folder()`, stamped with `source_hash()`."""

    _stamp: str | None = None

    def __init__(self, py_func: Any, py_file: str) -> None:
        self._py_file = py_file
        self._lineno = py_func.__code__.co_firstlineno
        self._cache_path = str(cache_folder() / f"{_stamp()}-{build()}")

    def get_source_stamp(self) -> str:
        return _stamp()

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> "_Locator | None":
        locator = cls(py_func, py_file)
        try:
            locator.ensure_cache_path()
        except OSError:
            return None  # nowhere to write: Numba compiles in memory, every time
        return locator


def _stamp() -> str:
    if _Locator._stamp is None:
        _Locator._stamp = source_hash()
    return _Locator._stamp


class _CacheImpl(caching.CompileResultCacheImpl):  # type: ignore[misc]
    _locator_classes = (_Locator,)


class _Cache(caching.FunctionCache):  # type: ignore[misc]
    _impl_class = _CacheImpl


_SMALL: set[str] = set()
"""Names of the functions that are small enough to be optimized by themselves, before they are put in place of their calls."""


@contextmanager
def _optimize_once(name: str) -> Iterator[None]:
    """While a kernel compiles, run LLVM's optimizer on the whole of it only.

    Numba optimizes the module of every function with all that it calls linked in: the innermost once for each level above it. Without that, compiling
    takes 57 s instead of 80 (measured). If a future Numba has no such method, all is optimized as before.
    """
    library = codegen.CPUCodeLibrary
    original = getattr(library, "_optimize_final_module", None)
    if original is None:
        yield
        return

    def optimize(self: Any) -> None:
        if self.name == name or self.name in _SMALL:
            original(self)

    with global_compiler_lock:
        library._optimize_final_module = optimize
        try:
            yield
        finally:
            library._optimize_final_module = original


def inner(function: Callable[..., Any]) -> Any:
    """Compile a function that only other kernels call."""
    _SMALL.add(function.__qualname__)
    return numba.njit(error_model="numpy", nogil=True, _nrt=False, forceinline=build() == "full")(function)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls, keeping the machine code on disk.

    No fast-math: the same bits on every run matter more than the last few per cent. Division by zero gives inf or nan as in IEEE 754.
    """
    compiled = inner(function)
    if numba.config.DISABLE_JIT:
        return compiled
    try:
        compiled._cache = _Cache(compiled.py_func)
    except RuntimeError:
        pass  # no writable folder: compile in memory
    whole = compiled.compile

    def compile_once(signature: Any) -> Any:
        with _optimize_once(function.__qualname__):
            return whole(signature)

    compiled.compile = compile_once
    return compiled


def is_compiled(function: Any) -> bool:
    """Whether the next call of a kernel needs no compilation: it ran before, or its code lies on disk."""
    if not hasattr(function, "signatures"):
        return True  # JIT is switched off
    if function.signatures:
        return True
    path = getattr(function._cache, "_cache_path", None)
    name = getattr(getattr(function._cache, "_impl", None), "filename_base", None)
    return bool(path and name and any(Path(path).glob(f"{name}*.nbi")))


def shared(function: Callable[..., Any]) -> Any:
    """Compile a function that kernels call from many places: one copy of its code."""
    return numba.njit(error_model="numpy", nogil=True, _nrt=False)(function)


_announced = False


def announce() -> None:
    """Say once, on standard error, that compiling takes a while, if it is about to."""
    global _announced
    if _announced:
        return
    _announced = True
    from . import batch

    if not is_compiled(batch.work):
        print("sandlot: compiling the kernels (first run on this machine only, about a minute) ...", file=sys.stderr, flush=True)
