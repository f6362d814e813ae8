"""A person who plays one agent of a team with the keyboard."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...scenarios import Scenario

Hand: TypeAlias = Callable[[NDArray[Any]], NDArray[Any]]
"""Changes what a team's policy chose, [1, agents, numbers]: a person who plays one of its agents."""


def keyboard_hand(scenario: Scenario, team: str, read: Callable[[], Mapping[str, Any]]) -> Hand:
    """A person plays the first agent of a team, its policy plays the rest.

    Args:
        scenario: The game.
        team: Which team.
        read: Gives what is pressed: `x` and `y` from -1 to 1 (of motors they drive the first two), `grab` and `lock` for those with hands, and
            `keys`: digits, each says that symbol.
    """
    who = scenario.teams[team]
    drive = who.drive.type if who.drive is not None else ""
    sizes = {action: 2 if kind == "vector" else 1 for action, kind in scenario.actions_of(team).items() if action != "say"}
    hands = [action for action in sizes if action in ("grab", "lock")]
    driven = sum(sizes.values()) - len(hands)

    def play(chosen: NDArray[Any]) -> NDArray[Any]:
        action = np.array(chosen, np.float32)
        pressed = read()
        x, y, keys = pressed["x"], pressed["y"], pressed["keys"]
        mine = action[0, 0]
        if drive in ("thrust", "walk"):
            mine[:2] = x, y
        elif drive in ("tank", "car"):
            mine[:2] = y, -x
        elif drive == "rocket":
            mine[:2] = (1.0 if y > 0 else -1.0), -x
        elif drive == "jump":
            mine[:2] = x, (1.0 if y > 0 else -1.0)
        elif drive == "motor":
            mine[: min(driven, 2)] = (x, y)[:driven]
        for k, wish in enumerate(hands):
            mine[driven + k] = pressed[wish]
        said = [key for key in keys if who.says is not None and key < who.says.symbols]
        if said:
            voice = mine[driven + len(hands) :]
            voice[:] = -1.0
            voice[said[-1]] = 1.0
        return action

    return play


__all__ = ["Hand", "keyboard_hand"]
