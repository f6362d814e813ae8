"""How an episode begins: where bodies are placed, and what they are made of when that is drawn.

Uses the rooms before it. Read begin, places, masses.
"""
