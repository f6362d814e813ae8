"""Shapes that meet: who is near whom, where they touch, and when.

Uses `world`. Read geometry, pairs and grid (who may touch), contacts (where), time_of_impact, overlap, then paths (where bodies
have been within a decision, which rules ask).
"""
