"""Machine code: optimised by LLVM, kept on disk as an object file, loaded into the process."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

from .files import check_writable, write_whole

_DIGEST = hashlib.sha256().digest_size


def version() -> str:
    """What machine code depends on besides its source: LLVM's and llvmlite's versions and this processor."""
    return f"{llvmlite.__version__} {llvm.llvm_version_info} {llvm.get_process_triple()} {llvm.get_host_cpu_name()} {_features()}"


def _features() -> str:
    return str(llvm.get_host_cpu_features().flatten())


def _target() -> llvm.TargetMachine:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=_features(), opt=3, reloc="pic", codemodel="jitdefault")


def compile_text(text: str) -> tuple[bytes, dict[str, float]]:
    """Optimise a module of LLVM assembly. Returns an object file, and the seconds that reading, optimising and writing took.

    No fast-math, and no fusing of a product and a sum: the same bits on every machine matter more than the last few per cent.
    """
    begun = time.perf_counter()
    machine = _target()
    module = llvm.parse_assembly(text)
    read = time.perf_counter()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = options.slp_vectorization = options.loop_interleaving = options.loop_unrolling = True
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    optimised = time.perf_counter()
    data = machine.emit_object(module)
    done = time.perf_counter()
    return data, {"read": read - begun, "optimise": optimised - read, "write": done - optimised}


_engines: list[llvm.ExecutionEngine] = []
"""Loaded code stays for the life of the process."""


def load(data: bytes, name: str) -> int:
    """Load an object file; returns the address of the function."""
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target())
    engine.add_object_file(llvm.ObjectFileRef.from_data(data))
    engine.finalize_object()
    _engines.append(engine)
    return int(engine.get_function_address(name))


def read(path: Path) -> bytes | None:
    """An object file as `write` kept it; None where there is none, or a damaged one: LLVM would crash on it."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data[_DIGEST:] if hashlib.sha256(data[_DIGEST:]).digest() == data[:_DIGEST] else None


def write(path: Path, data: bytes) -> str:
    """Keep an object file, whole or not at all, behind its hash; where nothing can be written nothing is kept, and the reason is returned."""
    return _unkept(path.parent, lambda: write_whole(path, lambda stream: stream.writelines([hashlib.sha256(data).digest(), data])))


def writing_problem(folder: Path) -> str:
    """Why nothing could be kept in a folder, which is made; empty if something could."""
    return _unkept(folder, lambda: check_writable(folder / "kernel.o"))


def _unkept(folder: Path, keep: Callable[[], object]) -> str:
    """Try to keep something in a folder; returns the reason if that can't be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        keep()
    except FileExistsError:
        return f"{folder}: is a file, expected a folder"
    except OSError as error:
        return f"{folder}: {error.strerror.lower()}" if error.strerror else str(error)
    return ""
