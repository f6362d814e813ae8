"""Names to environments: `sandlot.make` and its sisters, one for each door.

A maker's signature is the only place where its door's arguments are listed, with their defaults and what they mean; the classes behind are given worlds
that are made. Each takes `max_cycles`, decisions after which an episode is truncated, or Gymnasium's word for it, `max_episode_steps`.

Importing this stays cheap: the language, the kernels and the frameworks are imported when the first environment is made.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from ..core.arguments import cycles
from .source import Source, resolve

if TYPE_CHECKING:
    import pettingzoo

    from ..core.vector import ActionKind, Autoreset, VectorEnv
    from ..policy import Spec
    from .benchmarl import GameTask
    from .pettingzoo import ParallelEnv
    from .rllib import RllibEnv
    from .sb3 import TeamVecEnv
    from .seat import Others, Rows
    from .torchrl import TorchRLEnv

P = ParamSpec("P")
R = TypeVar("R")


def make(
    source: Source,
    *,
    render_mode: str | None = None,
    actions: "ActionKind" = "continuous",
    max_cycles: int | None = None,
    **params: Any,
) -> "ParallelEnv":
    """Make one world as a PettingZoo `ParallelEnv`, see there.

    Args:
        source: Name or path of a game, a Scenario, or a game's JSON as a dict.
        render_mode: `human`, `rgb_array` or None.
        actions: `continuous` or `discrete`.
        max_cycles: Truncate after this many steps, a whole number from 1, if the game's own clock hasn't; None: the
            game's own clock alone.
        **params: The scenario's params, and `vary`, `split` and `lesson`: see `load`.
    """
    from .pettingzoo import ParallelEnv
    from .screen import Screen

    limit, screen = cycles(max_cycles, params), Screen(render_mode)
    return ParallelEnv(screen.world(resolve(source, params), actions, limit), screen)


def _called_as(other: Callable[P, Any]) -> Callable[[Callable[..., R]], Callable[P, R]]:
    """Let help, editors and type checkers show another maker's parameters."""

    def give(maker: Callable[..., R]) -> Callable[P, R]:
        cast(Any, maker).__signature__ = signature(other).replace(return_annotation=maker.__annotations__["return"])
        return maker

    return give


@_called_as(make)
def make_aec(*args: Any, **options: Any) -> "pettingzoo.AECEnv[str, Any, Any]":
    """Make one world as a PettingZoo AECEnv: agents act one after the other. Arguments as for `make`."""
    from . import pettingzoo as door

    return door.make_aec(make(*args, **options))


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
    from ..core.vector import VectorEnv

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

    Args:
        source: Name or path of a game, a Scenario, or a game's JSON as a dict.
        num_envs: How many worlds; the rows are this times the agents that learn.
        team: Who learns; may be left out where there is one agent in all.
        agent: One agent (`runner_0`) instead of a team.
        others: Who plays the rest: a spec (`scripted`, `random`, a Policy) or a dict from team to spec.
        actions: `continuous` or `discrete`.
        threads: See `VectorEnv`.
        max_cycles: Steps after which an episode is truncated, if the game's own clock hasn't yet.
        render_mode: `rgb_array` or None.
        seed: Of the first reset, as `seed()`.
        **params: The scenario's params, and `vary`, `split` and `lesson`: see `load`.

    Raises:
        MissingExtra: Stable-Baselines3 is not installed.
    """
    from .sb3 import TeamVecEnv
    from .seat import Seat

    core = make_vec(
        source, num_envs, threads=threads, autoreset="same_step", actions=actions, max_cycles=max_cycles, render_mode=render_mode,
        copy=False,  # what is returned is cut out of the whole anyway
        **params,
    )  # fmt: skip
    return TeamVecEnv(Seat(core, team, agent, others, "agents"), seed)


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
    """Make a TorchRL `EnvBase` of many worlds, see `TorchRLEnv`.

    Args:
        source: Name or path of a game, a Scenario, or a game's JSON as a dict.
        num_envs: How many worlds.
        team: Who learns; None: all teams, each a group.
        others: Who plays the other teams: a spec (`scripted`, `random`, a Policy) or a dict from team to spec.
        actions: `continuous` or `discrete`.
        threads: See `VectorEnv`.
        max_cycles: Steps after which an episode is truncated, if the game's own clock hasn't yet.
        return_state: Whether tensordicts hold `"state"`.
        return_info: Whether they hold `"info"`.
        render_mode: `rgb_array` or None.
        seed: The first seed, as `set_seed`; None: one from the system.
        device: Where tensors go; the worlds themselves are stepped by the CPU.
        **params: The scenario's params, and `vary`, `split` and `lesson`: see `load`.

    Raises:
        MissingExtra: TorchRL is not installed.
    """
    from .torchrl import TorchRLEnv

    core = make_vec(
        source,
        num_envs,
        threads=threads,
        autoreset="disabled",
        copy=False,
        actions=actions,
        max_cycles=max_cycles,
        render_mode=render_mode,
        **params,
    )
    return TorchRLEnv(core, team, others, return_state, return_info, seed, device)


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
    """Make a task for BenchMARL's `Experiment`, see `GameTask`.

    Args:
        source: Name or path of a game, a Scenario, or a game's JSON as a dict.
        team: Who learns; None: all teams, each a group.
        others: Who plays the other teams: a spec or a dict from team to spec.
        actions: `continuous` or `discrete`; None: what the algorithm prefers.
        threads: See `VectorEnv`.
        max_cycles: Steps after which an episode is truncated, if the game's own clock hasn't yet.
        render_mode: `rgb_array`: evaluation may be recorded as video.
        **params: The scenario's params, and `vary`, `split` and `lesson`: see `load`.

    Raises:
        MissingExtra: BenchMARL is not installed.
    """
    from .benchmarl import GameTask

    options = {"team": team, "others": others, "threads": threads, "max_cycles": cycles(max_cycles, params), "render_mode": render_mode}
    return GameTask(resolve(source, params), actions, partial(make_torchrl, return_state=True, return_info=True), options)


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
    from .rllib import RllibEnv

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
    from . import minari as door
    from .gymnasium import GameVec

    limit, seeds = cycles(max_cycles, params), door.seeds_from(seed, episodes)
    target = door.Target(dataset_id, data_format, overwrite)
    scenario = resolve(source, params)
    door.check_end(scenario, limit)
    worlds = GameVec(
        min(num_envs, len(seeds)), scenario=scenario, team=team, agent=agent, rows=rows, others=others, actions=actions, threads=threads,
        autoreset_mode="disabled", max_cycles=limit,
    )  # fmt: skip
    with closing(worlds):
        player = door.Player(worlds, agent, policy, others, seeds.start)
        return target.record(player, seeds, door.env_spec(source, params, player))


__all__ = [
    "make",
    "make_aec",
    "make_benchmarl",
    "make_minari",
    "make_rllib",
    "make_sb3",
    "make_torchrl",
    "make_vec",
]
