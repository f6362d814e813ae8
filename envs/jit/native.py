"""Machine code of this processor: optimised by LLVM, loaded into the process."""

import time

import llvmlite
import llvmlite.binding as llvm


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
