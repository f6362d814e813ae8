"""Memory: what a world is made of, where each number lies, and how it is read.

Uses `jit`. Read layout (names), state (the four records), tables and bodies (reading), rng, elementary (our own sin and cos).
"""
