"""What a scenario file is as text: JSON with comments, the place of every value in it, and complaints that name that place.

Uses nothing else of sandlot. Read tree (text to values with places), problems (what an error says), limits (how much is too much), layout (how a file is written).
"""
