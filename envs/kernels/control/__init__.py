"""What an action does: numbers and choices, hands, shots, and the scripts that play in the step.

Uses the rooms before it. Read actions, baseline (choices and scripts), hands, shots.
"""
