"""What is likely not meant, though it is no error: notes of `sandlot check`, found by reading.

Uses the rooms before it. Read finders (the list), then a subject each.
"""
