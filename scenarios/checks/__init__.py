"""What the parts of a scenario mean together: every problem that is left, all at once, each with its place.

Uses the rooms before it. Read validate, which calls the rest.
"""
