"""What may stand in a scenario, section by section, with its units and bounds: pydantic's models, frozen.

Uses `text` and `formulas`. Read values (numbers with units), things, then a section each; scenario holds them all.
"""
