"""How good they are: returns with intervals, leagues, ratings, exploitability, what words mean.

Uses `training` too, since an exploiter learns. Read evaluate, stats, league.
"""
