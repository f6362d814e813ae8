"""Specs to policies: what people write after `--policy`, or in `others=`."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ...envs.policy import Policy, Scripted, Spec
from ...scenarios.text.problems import suggestion
from .policy_file import PolicyFileError, differences, obstacles
from .trained import TrainedPolicy
from .uniform import RandomPolicy

if TYPE_CHECKING:
    from ...envs import VectorEnv

SHIPPED = Path(__file__).parents[1] / "shipped"
"""Where the policies are that come with sandlot: `<game>-<team>.safetensors`."""


class PolicyWarning(UserWarning):
    """A trained policy plays a game that is not quite the one it was trained on."""


WORDS = ("scripted", "random", "best", "planner")
"""Specs that are words; besides them `planner:<options>`, a .safetensors file, and for the command line `human:<keys>`."""


def resolve(spec: Spec, env: "VectorEnv", team: str) -> Policy | Scripted:
    """Turn a spec into the policy of a team.

    Args:
        spec: `scripted` (the game's own baseline), `random`, `best`, `planner` (or `planner:horizon=20,samples=64`, see `planner.Search`), a policy
            file, or a Policy object.
        env: The worlds it will act in.
        team: For which team.

    Raises:
        ValueError: For a spec that names nothing.
        TypeError: For an object that is no policy.
    """
    if isinstance(spec, Scripted):
        return spec
    if isinstance(spec, TrainedPolicy):
        return _translated(spec, env, team)
    if not isinstance(spec, str):
        if isinstance(spec, Policy):
            return spec
        raise TypeError(f"policy of {team!r}: expected a spec or an object with reset and act, got {type(spec).__name__}")
    if spec == "scripted":
        return Scripted()
    if spec == "random":
        return RandomPolicy(env.action_space(team))
    if spec == "human" or spec.startswith("human:"):
        raise ValueError(f"policy of {team!r}: {spec!r} needs a keyboard; only `sandlot watch` and `sandlot play` have one")
    if spec == "best":
        return best(env, team)
    if spec.partition(":")[0] == "planner":
        from .planner import Planner, parse_search

        try:
            return Planner(env, team, parse_search(spec.partition(":")[2]))
        except ValueError as error:
            raise ValueError(f"policy of {team!r}: {error}") from error
    if spec.endswith(".safetensors"):
        return _trained(Path(spec), env, team)
    raise ValueError(f"policy of {team!r}: no policy {spec!r}{suggestion(spec, WORDS)}; expected {', '.join(WORDS)} or a .safetensors file")


def shipped_path(game: str, team: str) -> Path:
    """Where the policy is that comes with sandlot for a team of a game, if there is one."""
    return SHIPPED / f"{game}-{team}.safetensors"


def best(env: "VectorEnv", team: str) -> TrainedPolicy:
    """The policy that sandlot ships for a team of a library game."""
    path = shipped_path(env.scenario.name, team)
    if not path.is_file():
        raise ValueError(
            f"policy of {team!r}: sandlot ships none for {env.scenario.name}; expected scripted, random or a .safetensors file"
        )
    return _trained(path, env, team)


def _trained(path: Path, env: "VectorEnv", team: str) -> TrainedPolicy:
    """Read a policy file, refuse what doesn't fit, and say how the game has changed since."""
    try:
        policy = TrainedPolicy.load(path)
    except PolicyFileError as error:
        raise ValueError(f"policy of {team!r}: {error}") from error
    reasons = obstacles(policy.card, env, team, translated=True)
    if reasons:
        raise ValueError(f"policy of {team!r}: {path.name} doesn't fit: {'; '.join(reasons)}")
    policy = _translated(policy, env, team)
    changed = differences(policy.card, env)
    if changed:
        warnings.warn(
            f"{path.name} was trained on another game than this {env.scenario.name}: {'; '.join(changed)}", PolicyWarning, stacklevel=2
        )
    return policy


def _translated(policy: TrainedPolicy, env: "VectorEnv", team: str) -> TrainedPolicy:
    """The policy itself, or where it makes choices and these worlds take numbers a twin that turns the one into the other."""
    if not policy.card.discrete or env.game.discrete:
        return policy
    reasons = obstacles(policy.card, env, team, translated=True)
    if reasons:
        raise ValueError(f"policy of {team!r}: {policy!r} doesn't fit: {'; '.join(reasons)}")
    twin = policy.twin()
    twin.numbers = next(one for one in env.game.teams if one.name == team)
    return twin


__all__ = ["SHIPPED", "WORDS", "PolicyWarning", "best", "resolve", "shipped_path"]
