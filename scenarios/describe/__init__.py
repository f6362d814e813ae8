"""The language told to others: its schema, its reference, a file to begin with, a scenario written in full.

Uses the rooms before it.
"""
