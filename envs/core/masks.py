"""Action masks: which options of a choice can do anything now. Worked out when asked, from the state alone.

An option is masked where taking it would change no bit of what comes after, compared with not doing what it stands for: compared with option 0 of its
choice, or of a jumper's with that for the same way to walk. So option 0 is always open, and whoever ignores masks loses nothing but time.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compile.game import Game, TeamLayout
from ..kernels.action_masks import FIRES, GRABS, HERE, JUMPS, LOCKS, UNLOCKS
from ..kernels.control.choices import DRIVE_CHOICES, meanings
from ..kernels.world.layout.world import Whole
from .workers import Workers

Array = NDArray[Any]


def needs(team: TeamLayout, discrete: bool) -> Array:
    """What an agent must be able to do for each option to have an effect, uint8 [options]: all choices side by side.

    Args:
        team: Whose.
        discrete: Of which kind of actions: where they are numbers, speech is the only choice.
    """
    drives = team.options[: team.drive_numbers(True)] if discrete else ()
    jumper = bool(drives) and team.drive_type == "jump"
    lists: list[list[int]] = [[0, *[HERE] * (count - 1)] for count in drives]
    if jumper:
        lists = [[JUMPS if jump > 0 else HERE * (a > 0) for a, (_, jump) in enumerate(meanings("jump", DRIVE_CHOICES["jump"]))]]
    if discrete:
        lists += [[0, GRABS], [0, LOCKS, UNLOCKS]][: team.grips]
        lists += [[0, *[FIRES] * (team.triggers - 1)]] if team.triggers else []
    lists += [[0, *[HERE] * (team.symbols - 1)]] if team.symbols else []
    return np.array([need for one in lists for need in one], np.uint8)


def can_mask(game: Game, team: TeamLayout, discrete: bool) -> bool:
    """Whether an agent that is in its world can ever have an option masked."""
    wanted = int(np.bitwise_or.reduce(needs(team, discrete), initial=0)) & ~HERE
    if "jump" in game.names.asked or int(game.world.whole[Whole.TICKS]) > 1:
        wanted &= ~JUMPS
    return wanted > 0


class Masks:
    """Masks of all teams of a batch.

    Args:
        game: The game.
        worlds: How many.
        workers: What runs kernels over them.
    """

    def __init__(self, game: Game, worlds: int, workers: Workers) -> None:
        self.game, self.worlds, self._workers = game, worlds, workers
        self._able = np.zeros(sum(team.agents for team in game.teams) * worlds, np.uint8)
        self._needs = {(team.name, discrete): needs(team, discrete) for team in game.teams for discrete in (False, True)}

    def find(self, teams: list[str], discrete: bool) -> dict[str, Array]:
        """Masks by team, bool [E, A, options]."""
        self._workers.look(self._able)
        able, found = self._able.reshape(-1, self.worlds), dict[str, Array]()
        if "jump" in self.game.names.asked:
            able = np.where(able & HERE, able | JUMPS, able)
        for team in self.game.teams:
            if team.name in teams:
                need = self._needs[team.name, discrete]
                found[team.name] = (able[self.game.ledger.agents[team.name]].T[:, :, None] & need) == need
        return found


__all__ = ["Masks", "can_mask", "needs"]
