"""How agents learn: PPO, cloning, self-play, lessons; and the folder of a run.

Uses `policies` and `play`. Read ppo (one algorithm, one file), collector, train, run_folder.
"""
