"""Games played to their end: episodes, matches, streams of chance, ratings.

Uses `policies`. Read episodes, match, ratings.
"""
