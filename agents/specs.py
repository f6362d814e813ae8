"""Specs to policies: what people write after `--policy`, or in `others=`."""

from typing import TYPE_CHECKING

from ..envs.policy import Policy, Scripted, Spec
from ..scenarios.problems import suggestion
from .uniform import RandomPolicy

if TYPE_CHECKING:
    from ..envs import VectorEnv

WORDS = ("scripted", "random", "best")
"""Specs that are words; besides them a .safetensors file, and for the command line `human:<keys>`."""


def resolve(spec: Spec, env: "VectorEnv", team: str) -> Policy | Scripted:
    """Turn a spec into the policy of a team.

    Args:
        spec: `scripted` (the game's own baseline), `random`, or a Policy object.
        env: The worlds it will act in.
        team: For which team.

    Raises:
        ValueError: For a spec that names nothing.
        TypeError: For an object that is no policy.
    """
    if isinstance(spec, Scripted):
        return spec
    if not isinstance(spec, str):
        if isinstance(spec, Policy):
            return spec
        raise TypeError(
            f"policy of {team!r}: expected a spec or an object with reset and act, got {type(spec).__name__}"
        )
    if spec == "scripted":
        return Scripted()
    if spec == "random":
        return RandomPolicy(env.action_space(team))
    if spec == "human" or spec.startswith("human:"):
        raise ValueError(
            f"policy of {team!r}: {spec!r} needs a keyboard; only `sandlot watch` and `sandlot play` have one"
        )
    if spec == "best" or spec.endswith(".safetensors"):
        raise ValueError(f"policy of {team!r}: {spec!r}: this version can't run trained policies yet")
    raise ValueError(
        f"policy of {team!r}: no policy {spec!r}{suggestion(spec, WORDS)}; "
        f"expected {', '.join(WORDS)} or a .safetensors file"
    )


__all__ = ["WORDS", "resolve"]
