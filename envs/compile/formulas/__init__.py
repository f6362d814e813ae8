"""Formulas become operations: a tree of the language turns into numbers that `kernels/formulas` runs.

Uses `scenarios`, and names of `kernels`. Read names (what a formula may speak of), code (how operations are written), functions (what each function means).
"""
