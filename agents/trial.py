"""A short random roll-out of a game: what it runs out of. `sandlot check` shows it, so that nothing is lost silently."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..envs import VectorEnv
from ..envs.core import TROUBLES
from ..scenarios import Scenario
from .uniform import RandomPolicy

WORLDS, DECISIONS = 4, 200
_MEANING = {
    "overruns": "contacts found no slot: more touch at once than the game has room for, so some things pass through each other",
    "misplaced": "things found no free spot to start in: leave them more room, or a smaller gap",
    "unfired": "shots were not fired, since all projectiles of the pool were in the air: give a larger pool, a longer cooldown or a shorter lifetime",
}


def troubles(scenario: Scenario) -> dict[str, float]:
    """How often each thing ran out in an episode of random play, at most DECISIONS long, in all WORLDS together."""
    env = VectorEnv(scenario, WORLDS, autoreset="disabled", threads=1)
    rng, players = np.random.default_rng(0), {team: RandomPolicy(env.action_space(team)) for team in env.teams}
    _, info = env.reset(seed=0)
    over = np.zeros(WORLDS, np.bool_)
    for _ in range(DECISIONS):
        actions = {team: _act(env, team, player, rng) for team, player in players.items()}
        *_, terminated, truncated, info = env.step(actions)
        over |= terminated | truncated
        if over.all():
            break
    env.close()
    return {name: float(info[name].sum()) for name in TROUBLES}


def _act(env: VectorEnv, team: str, player: RandomPolicy, rng: np.random.Generator) -> NDArray[Any]:
    """Random actions of a team in all worlds."""
    agents = len(env.agents(team))
    rows = np.zeros((env.num_envs * agents, 1), np.float32)
    chosen = player.act(rows, rows, rng)
    return chosen.reshape(env.num_envs, agents, *chosen.shape[1:])


def warnings_of(scenario: Scenario) -> list[str]:
    """A line for each thing that ran out."""
    where = f"random play, {WORLDS} worlds of at most {DECISIONS} decisions"
    return [f"note: {count:g} {_MEANING[name]} ({name}; {where})" for name, count in troubles(scenario).items() if count > 0]
