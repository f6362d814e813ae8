"""Notes: what is right by the letter and yet hardly meant. `sandlot check` says them; no game is refused for one.

A note is a problem like any other, with its place; these are what can be known before a game is played. To add one, write a finder and list it in
FINDERS.
"""

from collections.abc import Callable
from typing import TypeAlias

from ..checks.report import Report
from .impossible import impossible_formulas, impossible_meetings, late_times, placed_after_removal, too_few_spots
from .pay import farmed_pay, no_purpose, worthless_pay
from .sight import boundless_numbers, coarse_places, stiff_views
from .unused import unheard_speech, unused_draws, unused_lets, unused_params, unused_rules, unused_sensors, unused_states

Finder: TypeAlias = Callable[[Report], None]

FINDERS: tuple[Finder, ...] = (
    unused_params, unused_draws, unused_lets, unused_states, unused_rules, unused_sensors, unheard_speech,
    boundless_numbers, coarse_places, impossible_formulas, impossible_meetings, late_times, placed_after_removal,
    no_purpose, worthless_pay, farmed_pay,
    stiff_views, too_few_spots,
)  # fmt: skip
"""Each looks for one kind of thing that is hardly meant, and notes it at its place."""
