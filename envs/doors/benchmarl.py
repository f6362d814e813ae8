"""The BenchMARL door: a game as a Task, run through the TorchRL door."""

from collections.abc import Callable
from typing import Any

from ...scenarios import Scenario
from ...scenarios.model.clock import end_decision
from ..extras import needs

with needs("benchmarl"):
    from benchmarl.environments.common import TaskClass
    from torchrl.data import Composite
    from torchrl.envs import EnvBase


class GameTask(TaskClass):
    """A game as BenchMARL's experiments take it; each team that learns is a group, `state` is the critics' where they are central.

    An agent that has been removed stays where it is until its world begins anew: its group has an end of its
    own for it, its reward is 0 and its action is ignored.

    Args:
        scenario: A validated game (`sandlot.load`).
        actions: `continuous` or `discrete`; None: what the algorithm prefers.
        make: Makes the worlds from a scenario, how many, and these options.
        options: As `make_benchmarl` has them: `team`, `others`, `threads`, `max_cycles`, `render_mode`.
    """

    def __init__(self, scenario: Scenario, actions: str | None, make: Callable[..., EnvBase], options: dict[str, Any]) -> None:
        if actions not in (None, "continuous", "discrete"):
            raise ValueError(f"actions: expected continuous, discrete or None, got {actions!r}")
        config = {"params": dict(scenario.params_used), "team": options["team"], "others": str(options["others"]), "actions": actions}
        super().__init__(scenario.name, config)
        self._scenario, self._actions, self._make, self._options = scenario, actions, make, options

    def get_env_fun(self, num_envs: int, continuous_actions: bool, seed: int | None, device: Any) -> Callable[[], EnvBase]:
        """What makes the worlds."""
        actions = "continuous" if continuous_actions else "discrete"
        return lambda: self._make(self._scenario, num_envs, actions=actions, seed=seed, device=device, **self._options)

    def supports_continuous_actions(self) -> bool:
        """Every game does, unless told otherwise."""
        return self._actions != "discrete"

    def supports_discrete_actions(self) -> bool:
        """Every game does, unless told otherwise."""
        return self._actions != "continuous"

    def max_steps(self, env: EnvBase) -> int:
        """The game's own clock; a game without one is judged by its first 1,000 steps."""
        cut = self._options["max_cycles"]
        steps = end_decision(self._scenario.end.time, self._scenario.world.decisions_per_second) or cut or 1000
        return min(steps, cut or steps)

    def has_render(self, env: EnvBase) -> bool:
        """Whether pictures were asked for."""
        return self._options["render_mode"] is not None

    def group_map(self, env: EnvBase) -> dict[str, list[str]]:
        """Agents of each team that learns."""
        return env.group_map

    def observation_spec(self, env: EnvBase) -> Composite:
        """What agents see."""
        return _parts(env, "observation")

    def info_spec(self, env: EnvBase) -> Composite:
        """Rewards by term, and scores."""
        return _parts(env, "info")

    def state_spec(self, env: EnvBase) -> Composite:
        """What is true."""
        return Composite(state=env.full_observation_spec_unbatched["state"].clone())

    def action_spec(self, env: EnvBase) -> Composite:
        """What agents may do."""
        return env.full_action_spec_unbatched

    def action_mask_spec(self, env: EnvBase) -> Composite | None:
        """What agents could make anything of now, where every team has one discrete choice: BenchMARL's masked distributions are of one."""
        known = {team.name: team for team in env.core.game.teams}
        single = env.core.game.discrete and all(len(known[team].options) == 1 for team in env.group_map)
        return _parts(env, "action_mask") if single else None

    @staticmethod
    def env_name() -> str:
        """In names of runs."""
        return "sandlot"

    @staticmethod
    def log_info(batch: Any) -> dict[str, float]:
        """How often each rule fired in a step."""
        events = batch.get(("next", "info"))
        return {f"collection/info/{name}": events[name].mean().item() for name in events.keys()}

    @staticmethod
    def render_callback(experiment: Any, env: EnvBase, data: Any) -> Any:
        """The first world's picture."""
        return env.core.render(0)


def _parts(env: EnvBase, key: str) -> Composite:
    """One entry of each group."""
    whole = env.full_observation_spec_unbatched
    return Composite({team: Composite({key: whole[team, key].clone()}, shape=whole[team].shape) for team in env.group_map})


__all__ = ["GameTask"]
