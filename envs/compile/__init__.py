"""A scenario becomes tables: a file for a section of the language.

Uses `scenarios`, and of `kernels` names and sizes only. Read game (what comes out), draft (what the sections write into), scenario (the order), then a section each.
"""
