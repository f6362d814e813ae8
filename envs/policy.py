"""Who acts for the agents that don't learn: the Policy protocol, and the policies that a door runs."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .core.vector import VectorEnv

Array: TypeAlias = NDArray[Any]


@runtime_checkable
class Policy(Protocol):
    """Acts for n agents of one team at once; n is worlds times agents, world by world.

    A policy with memory may also have `restart(rows)`: doors call it with bool [n] when some rows begin a new
    episode while others go on.

    A policy of discrete choices may have an attribute `masked`: where it is True, doors give `act` another argument,
    `options`, bool [n, options]: what each agent could make anything of, all choices side by side (see
    `VectorEnv.action_masks`), also where the worlds take numbers and the policy turns its choices into them.
    """

    def reset(self, count: int) -> None:
        """Begin episodes of `count` agents; all earlier ones are over."""

    def act(self, obs: Array, mask: Array, rng: np.random.Generator) -> Array:
        """Choose actions.

        Args:
            obs: float32 [n, O].
            mask: bool [n]: who is in the world; what the others do is ignored.
            rng: The only source of chance.

        Returns:
            [n, K] (continuous), [n] or [n, 2] (discrete): what n samples of the action space would be.
        """
        ...


class Scripted:
    """Stands for the scenario's own `baseline`, which the step runs for all worlds without any Python."""

    def __repr__(self) -> str:
        return "Scripted()"


Spec: TypeAlias = str | Policy | Scripted
Resolver: TypeAlias = Callable[[Any, "VectorEnv", str], Policy | Scripted]
_resolver: Resolver | None = None


def set_resolver(resolver: Resolver) -> None:
    """Say who turns specs into policies; the root package does, so that envs needs no agents."""
    global _resolver
    _resolver = resolver


def resolve(spec: Spec, env: "VectorEnv", team: str) -> Policy | Scripted:
    """Turn a spec into the policy of a team."""
    if _resolver is None:
        raise RuntimeError("nobody resolves policies: import sandlot, not its parts")
    return _resolver(spec, env, team)


class Cast:
    """The policies of a door, by team.

    Args:
        env: The worlds.
        others: One spec for every team, or a dict from team to spec; teams it doesn't name are scripted.
        teams: Teams in which somebody doesn't learn.
        whole: Those of them in which nobody learns: where they are scripted, the step plays them itself
            (`VectorEnv.script`), and their actions are not among those that `act` returns.
    """

    def __init__(
        self,
        env: "VectorEnv",
        others: Spec | Mapping[str, Spec],
        teams: tuple[str, ...],
        whole: tuple[str, ...] = (),
    ) -> None:
        specs = dict(others) if isinstance(others, Mapping) else dict.fromkeys(teams, others)
        for name in specs:
            if name not in teams:
                raise ValueError(_stranger(name, env.teams, teams))
        self._env, self.teams = env, teams
        self.policies = {team: resolve(specs.get(team, "scripted"), env, team) for team in teams}
        scripted = [team for team, policy in self.policies.items() if isinstance(policy, Scripted)]
        env.script([team for team in env.scripted if team not in teams] + [team for team in scripted if team in whole])
        self._scripted = [team for team in scripted if team not in whole]
        self.looks = len(scripted) < len(teams)
        """Whether `act` reads observations: scripted behaviour needs none."""

    def reset(self) -> None:
        """All worlds begin anew."""
        for team, policy in self.policies.items():
            if not isinstance(policy, Scripted):
                policy.reset(self._env.num_envs * len(self._env.agents(team)))

    def restart(self, worlds: Array) -> None:
        """Some worlds begin anew, bool [E]."""
        if not worlds.any():
            return
        for team, policy in self.policies.items():
            restart(policy, worlds, len(self._env.agents(team)))

    def act(self, obs: Mapping[str, Array], alive: Mapping[str, Array], rng: np.random.Generator) -> dict[str, Array]:
        """Actions of every team it plays, but those that the step plays itself, [E, A, ...]."""
        actions = self._env.scripted_actions(self._scripted) if self._scripted else {}
        for team, policy in self.policies.items():
            if not isinstance(policy, Scripted):
                options = masks_for(policy, self._env, team)
                actions[team] = choose(policy, obs[team], alive[team], rng, options)
        return actions


def masks_for(policy: Policy, env: "VectorEnv", team: str) -> Array | None:
    """The masks that a policy wants to be given: bool [E, A, options]; None for one that doesn't ask."""
    return env.action_masks([team], discrete=True)[team] if getattr(policy, "masked", False) else None


def choose(policy: Policy, seen: Array, alive: Array, rng: np.random.Generator, options: Array | None = None) -> Array:
    """What a policy does with a team, [E, A, ...], which sees [E, A, O]; `alive`: bool [E, A]; `options`: of `masks_for`."""
    rows = seen.reshape(-1, seen.shape[2])
    more: dict[str, Array] = {} if options is None else {"options": options.reshape(len(rows), -1)}
    chosen = np.asarray(policy.act(rows, alive.reshape(-1), rng, **more))
    return chosen.reshape(*seen.shape[:2], *chosen.shape[1:])


def restart(policy: Policy | Scripted, worlds: Array, agents: int) -> None:
    """Tell a policy, if it has a memory, in which worlds a new episode begins, bool [E]; it plays so many agents in each."""
    begin = getattr(policy, "restart", None)
    if begin is not None:
        begin(np.repeat(worlds, agents))


def _stranger(name: str, teams: tuple[str, ...], played: tuple[str, ...]) -> str:
    """Why a team can't be given a policy."""
    if name in teams:
        return f"others: nobody of team {name!r} is played by a policy, all of it learns"
    from ..scenarios.text.problems import suggestion

    return f"others: no team {name!r}{suggestion(name, played)}"


__all__ = ["Cast", "Policy", "Resolver", "Scripted", "Spec", "choose", "masks_for", "resolve", "restart", "set_resolver"]
