"""All that is in the compiled subset of Python, and nothing else: one call of `step.work` does one decision of many worlds.

Uses `jit`. Here Python is numbers, loops over lanes, arrays named once, and no allocation. Read world, then step, which names the phases in their order.
"""
