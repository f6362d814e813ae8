"""Observations: what an agent is told.

Uses `world` and `collision`. Read observe, then sight (rays and what hides what).
"""
