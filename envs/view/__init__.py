"""A picture of a scene: knows no world and no kernel, only what a frame carries.

Uses `files` and `extras`. Read scene (what is drawn), style, render (pygame), film and page (files to share), window and keyboard.
"""
