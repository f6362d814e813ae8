"""Where every number lies: rows of the state, columns of the tables, codes. The only place that counts them.

Uses `jit` for the number of lanes. Read world, things, programs, scratch.
"""
