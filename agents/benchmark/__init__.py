"""The benchmark: tasks, methods, cells that are kept, the page made of them.

Uses the rooms before it. Read tasks, methods, cells, page.
"""
