"""The command line: a file for a command.

Uses everything. Read main (which commands there are), options (what they share).
"""
