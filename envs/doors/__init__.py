"""The world as each framework wants it: one file a framework, which relabels and computes nothing.

Uses `core`, `view` and `policy`. Read make (all makers), source (what they are given), seat (one agent's place in a world), then a framework.
"""
