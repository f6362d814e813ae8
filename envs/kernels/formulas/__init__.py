"""The machine that runs compiled formulas, an operation at a time for a block of worlds.

Uses `world` and `collision`. Read run, arithmetic, questions (what asks for bodies).
"""
