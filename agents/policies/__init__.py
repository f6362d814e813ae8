"""Who plays: random, trained, planned; and the words that name them.

Uses `envs`. Read specs, uniform, trained, policy_file, planner.
"""
