"""One of sandlot's rows: random actions drawn before the clock runs; observations, rewards and episodes that begin again are included."""

import sys
from pathlib import Path

import numpy as np
from clock import arguments, measure
from gymnasium.spaces import Box, Space
from pile import SETTLE, text

import sandlot
from sandlot.scenarios import Scenario, loads

HERE = Path(__file__).parent


def scenario(name: str) -> Scenario:
    """A game of the library, `pile_N`, or a file beside this one."""
    if name.startswith("pile_"):
        return loads(text(int(name.removeprefix("pile_"))))
    file = HERE / f"{name}.json"
    return sandlot.load(file if file.exists() else name)


def draw(rng: np.random.Generator, space: Space, shape: tuple[int, ...]) -> np.ndarray:
    """Random actions; zeros for who can't do anything."""
    return rng.uniform(-1, 1, shape).astype(np.float32) if isinstance(space, Box) else np.zeros(shape, np.int64)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("game")
    parser.add_argument("--worlds", type=int, default=0, help="0: one world through the PettingZoo ParallelEnv, discrete actions")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fresh", action="store_true", help="fresh arrays at every step instead of the same again")
    options = parser.parse_args()
    game, rng = scenario(options.game), np.random.default_rng(0)
    if not options.worlds:
        env = sandlot.make(game, actions="discrete")
        env.reset(seed=0)
        table = [{agent: int(rng.integers(env.action_space(agent).n)) for agent in env.possible_agents} for _ in range(512)]

        def call(count: int) -> None:
            for k in range(count):
                env.step(table[k & 511])
                if not env.agents:
                    env.reset()

        measure(call, options)
        return
    vec = sandlot.make_vec(game, num_envs=options.worlds, threads=options.threads, copy=options.fresh)
    vec.reset(seed=0)
    shapes = {team: (options.worlds, len(vec.agents(team)), *vec.action_space(team).shape) for team in vec.teams}
    actions = [{team: draw(rng, vec.action_space(team), shape) for team, shape in shapes.items()} for _ in range(16)]

    def many(count: int) -> None:
        for k in range(count):
            vec.step(actions[k & 15])

    many(SETTLE if options.game.startswith("pile_") else 100)  # piles settle; the episodes of games drift out of step
    lost = vec.step(actions[0])[4]["overruns"]
    if lost.any():
        sys.exit(f"{options.game}: contacts found no slot ({lost.sum():g} in {options.worlds} worlds): not the same work")
    measure(many, options, options.worlds)


if __name__ == "__main__":
    main()
