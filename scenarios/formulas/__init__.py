"""The formulas of a scenario, "= dist(self, ball)", from text to a typed tree.

Uses `text`. Read types, functions (what there is to call), parse, build (names become things, and types meet), calls.
"""
