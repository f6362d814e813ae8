"""Names to environments: `sandlot.make` and its sisters, one for each door.

Each takes `max_cycles`, decisions after which an episode is truncated, or Gymnasium's word for it, `max_episode_steps`.

Importing this stays cheap: the language, the kernels and the frameworks are imported when the first environment is made.
"""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from .arguments import cycles

if TYPE_CHECKING:
    import pettingzoo

    from ..scenarios import Scenario
    from .adapt_benchmarl import GameTask
    from .adapt_pettingzoo import ParallelEnv
    from .adapt_rllib import RllibEnv
    from .adapt_sb3 import TeamVecEnv
    from .adapt_torchrl import TorchRLEnv
    from .core import ActionKind, Autoreset, VectorEnv
    from .policy import Spec
    from .seat import Others, Rows

Source: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any] | Scenario"


def resolve(source: Source, params: dict[str, Any]) -> "Scenario":
    """A scenario from its name, its path, its JSON as a dict, or itself."""
    from ..scenarios import Scenario, from_dict, load

    if isinstance(source, Scenario):
        if params:
            raise TypeError(f"params ({', '.join(params)}) belong to load(), where the scenario was made")
        return source
    return from_dict(source, **params) if isinstance(source, Mapping) else load(source, **params)


def game_of(scenario: "Scenario") -> dict[str, Any]:
    """A scenario as plain JSON that needs no file and no params: any maker's `source`; params that vary by world are given beside it again."""
    game = {key: value for key, value in scenario.resolved.items() if key not in ("$schema", "extends", "train", "test", "lessons")}
    declared = {name: game["params"][name] for name in scenario.varied}
    return game | {"params": dict(scenario.params_used) | declared}


def make(
    source: Source,
    *,
    render_mode: str | None = None,
    actions: "ActionKind" = "continuous",
    max_cycles: int | None = None,
    **params: Any,
) -> "ParallelEnv":
    """Make one world as a PettingZoo `ParallelEnv`, see there; other keywords are the scenario's params, and `vary`, `split` and `lesson`: see `load`."""
    from .adapt_pettingzoo import ParallelEnv

    limit = cycles(max_cycles, params)
    return ParallelEnv(
        resolve(source, params), actions=actions, render_mode=render_mode, max_cycles=limit
    )


def make_aec(
    source: Source,
    *,
    render_mode: str | None = None,
    actions: "ActionKind" = "continuous",
    max_cycles: int | None = None,
    **params: Any,
) -> "pettingzoo.AECEnv[str, Any, Any]":
    """Make one world as a PettingZoo AECEnv: agents act one after the other. Arguments as for `make`."""
    from . import adapt_pettingzoo

    return adapt_pettingzoo.make_aec(
        make(source, render_mode=render_mode, actions=actions, max_cycles=max_cycles, **params)
    )


def make_vec(
    source: Source,
    num_envs: int = 1,
    *,
    threads: int | None = None,
    autoreset: "Autoreset" = "next_step",
    actions: "ActionKind" = "continuous",
    copy: bool = True,
    scripted: Sequence[str] | None = (),
    max_cycles: int | None = None,
    render_mode: str | None = None,
    **params: Any,
) -> "VectorEnv":
    """Make the batched core itself, a `VectorEnv`, see there; other keywords are the scenario's params, and `vary`, `split` and `lesson`: see `load`."""
    from .core import VectorEnv

    limit = cycles(max_cycles, params)
    return VectorEnv(
        resolve(source, params),
        num_envs,
        threads=threads,
        autoreset=autoreset,
        actions=actions,
        copy=copy,
        scripted=scripted,
        max_cycles=limit,
        render_mode=render_mode,
    )


def make_sb3(
    source: Source,
    num_envs: int = 1,
    *,
    team: str | None = None,
    agent: str | None = None,
    others: "Others" = "scripted",
    actions: "ActionKind" = "continuous",
    threads: int | None = None,
    max_cycles: int | None = None,
    render_mode: str | None = None,
    seed: int | None = None,
    **params: Any,
) -> "TeamVecEnv":
    """Make many worlds as a Stable-Baselines3 VecEnv, one row for each agent of a team; see `TeamVecEnv`.

    Raises:
        MissingExtra: Stable-Baselines3 is not installed.
    """
    from .adapt_sb3 import TeamVecEnv

    limit = cycles(max_cycles, params)
    return TeamVecEnv(
        resolve(source, params),
        num_envs,
        team=team,
        agent=agent,
        others=others,
        actions=actions,
        threads=threads,
        max_cycles=limit,
        render_mode=render_mode,
        seed=seed,
    )


def make_torchrl(
    source: Source,
    num_envs: int = 1,
    *,
    team: str | None = None,
    others: "Others" = "scripted",
    actions: "ActionKind" = "continuous",
    threads: int | None = None,
    max_cycles: int | None = None,
    return_state: bool = False,
    return_info: bool = False,
    render_mode: str | None = None,
    seed: int | None = None,
    device: Any = "cpu",
    **params: Any,
) -> "TorchRLEnv":
    """Make a TorchRL `EnvBase` of many worlds, see `TorchRLEnv`; other keywords are the scenario's params."""
    from .adapt_torchrl import TorchRLEnv

    limit = cycles(max_cycles, params)
    return TorchRLEnv(
        resolve(source, params),
        num_envs,
        team=team,
        others=others,
        actions=actions,
        threads=threads,
        max_cycles=limit,
        return_state=return_state,
        return_info=return_info,
        render_mode=render_mode,
        seed=seed,
        device=device,
    )


def make_benchmarl(
    source: Source,
    *,
    team: str | None = None,
    others: "Others" = "scripted",
    actions: "ActionKind | None" = None,
    threads: int | None = None,
    max_cycles: int | None = None,
    render_mode: str | None = None,
    **params: Any,
) -> "GameTask":
    """Make a task for BenchMARL's `Experiment`, see `GameTask`; other keywords are the scenario's params."""
    from .adapt_benchmarl import GameTask

    limit = cycles(max_cycles, params)
    return GameTask(
        resolve(source, params),
        team=team,
        others=others,
        actions=actions,
        threads=threads,
        max_cycles=limit,
        render_mode=render_mode,
    )


def make_rllib(
    source: "Source | Mapping[str, Any]",
    *,
    team: str | None = None,
    agent: str | None = None,
    others: "Others" = "scripted",
    actions: "ActionKind" = "continuous",
    max_cycles: int | None = None,
    render_mode: str | None = None,
    **params: Any,
) -> "RllibEnv":
    """Make one world as Ray RLlib's `MultiAgentEnv`; it is an env creator itself: `register_env("sandlot", sandlot.make_rllib)`.

    Args:
        source: A game; or all arguments in a dict, the game under `source`: RLlib's `env_config`.
        team: Whose agents learn; None: those of all teams.
        agent: One agent (`red_0`) instead.
        others: Who plays the rest: a spec (`scripted`, `random`, a Policy) or a dict from team to spec.
        actions: `continuous` or `discrete`.
        max_cycles: Truncate after this many steps, if the game's own clock hasn't.
        render_mode: `human`, `rgb_array` or None.
        **params: The scenario's params.
    """
    from .adapt_rllib import RllibEnv

    if isinstance(source, Mapping):
        return RllibEnv(source)
    options = {
        "source": source,
        "team": team,
        "agent": agent,
        "others": others,
        "actions": actions,
        "max_cycles": max_cycles,
        "render_mode": render_mode,
    }
    return RllibEnv({**options, **params})


def make_minari(
    source: Source,
    dataset_id: str,
    *,
    episodes: int = 100,
    seed: int = 0,
    team: str | None = None,
    agent: str | None = None,
    rows: "Rows" = "team",
    policy: "Spec" = "scripted",
    others: "Others" = "scripted",
    actions: "ActionKind" = "continuous",
    num_envs: int = 64,
    threads: int | None = None,
    max_cycles: int | None = None,
    data_format: str = "hdf5",
    overwrite: bool = False,
    **params: Any,
) -> Any:
    """Play episodes and write them as a Minari dataset, in the folder that Minari uses on this machine.

    Episode k is the one that begins with seed `seed + k`, and each is played to its end: the dataset is the same
    whatever `num_envs` is, as long as no policy draws random numbers. An episode has one observation more than
    actions; its infos, one for each observation, are those of `GameEnv` but for `action_mask` (read from HDF5:
    `infos["reward"]["tagged"]`).
    Its actions, done again in `dataset.recover_environment()` from its seed, give the same numbers bit for bit,
    unless one of the others, or the script in the learner's seat (`random()`), draws random numbers.

    Args:
        source: Name or path of a game, a Scenario, or a game's JSON as a dict.
        dataset_id: Minari's name for it: `sandlot/tag/scripted-v0`.
        episodes: How many worlds are played.
        seed: Of the first episode.
        team: Whose episodes; may be left out where there is one agent in all.
        agent: One agent's instead.
        rows: `team`: an episode is the whole team's, Box (n, O). `agents`: each agent has episodes of its own, up
            to its removal; `options["agent"]` in the episode's metadata says whose.
        policy: Who acts there: a spec, or a Policy object.
        others: Who plays the rest: a spec, or a dict from team to spec.
        actions: `continuous` or `discrete`.
        num_envs: How many worlds run beside each other.
        threads: See `VectorEnv`.
        max_cycles: Steps after which an episode is truncated; games without `end.time` need it.
        data_format: `hdf5` or `arrow`.
        overwrite: Whether a dataset of this name may be replaced.
        **params: The scenario's params.

    Returns:
        The `MinariDataset`, as `minari.load_dataset` gives it. It can't recover its environment if one who plays beside
        the learner is an object, which has no name to be found by.

    Raises:
        FileExistsError: A dataset of this name is there; nothing was played or written.
        MissingExtra: Minari is not installed.
    """
    from . import adapt_minari

    return adapt_minari.make_minari(
        source, dataset_id, episodes=episodes, seed=seed, team=team, agent=agent, rows=rows, policy=policy, others=others,
        actions=actions, num_envs=num_envs, threads=threads, max_cycles=max_cycles, data_format=data_format,
        overwrite=overwrite, **params,
    )  # fmt: skip


__all__ = [
    "Source",
    "game_of",
    "make",
    "make_aec",
    "make_benchmarl",
    "make_minari",
    "make_rllib",
    "make_sb3",
    "make_torchrl",
    "make_vec",
    "resolve",
]
