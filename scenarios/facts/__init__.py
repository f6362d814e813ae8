"""What is known of a game before it is played: who fits where, what a variable may become, what a step costs.

Uses `text`, `formulas` and `model`. Checks, notes and the compiler ask here. Read outlines, placing, ranges, work.
"""
