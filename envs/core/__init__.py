"""Many worlds of one game, stepped together.

Uses `compile`, `kernels`, `jit` and `view.scene`. Read vector (VectorEnv), actions and results (what goes in and out), snapshots, frames (what is drawn).
"""
