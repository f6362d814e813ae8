"""Plain Python to machine code: a small compiler that knows no game.

Uses nothing of sandlot but `files`. Read kernel (what a decorated function becomes), ir (types), statements and expressions (Python to LLVM text), module,
native (text to code), cache.
"""
