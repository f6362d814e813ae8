"""What counts: events, their effects, rewards, ends.

Uses the rooms before it. Read judge, effects, rewards.
"""
