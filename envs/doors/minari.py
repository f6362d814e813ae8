"""Minari datasets: episodes of any policies, many played at a time, and written whole or not at all."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np

from ...scenarios import Scenario, names, scenario_hash
from ...scenarios.text.problems import counted, suggestion
from ..core.arguments import MOST_SEEDS, whole
from ..core.results import ending
from ..extras import needs
from ..files import write_folder
from ..policy import Cast, Spec
from .gymnasium import GameVec
from .registry import gymnasium_id
from .seat import Array, Infos, Others
from .source import Source, game_of

with needs("minari"):
    import minari
    from minari.data_collector import EpisodeBuffer
    from minari.dataset.minari_dataset import parse_dataset_id
    from minari.dataset.minari_storage import MinariStorage
    from minari.namespace import create_namespace, list_local_namespaces
    from minari.storage.datasets_root_dir import get_dataset_path


def seeds_from(seed: Any, episodes: Any) -> range:
    """The seed of each episode.

    Raises:
        ValueError: If they are no numbers, or beyond what seeds may be.
    """
    count = whole("episodes", episodes, 1)
    first = whole("seed", seed, 0, MOST_SEEDS - count)
    return range(first, first + count)


def check_end(scenario: Scenario, max_cycles: int | None) -> None:
    """Refuse a game whose episodes may have no end."""
    if scenario.end.time is None and max_cycles is None:
        raise ValueError(f"max_cycles: {scenario.name} has no end.time, so say after how many steps an episode is cut")


class Target:
    """A dataset that may be written: its name, folder and format; see `sandlot.make_minari`."""

    def __init__(self, dataset_id: str, data_format: str, overwrite: bool) -> None:
        if data_format not in ("arrow", "hdf5"):
            raise ValueError(f"data_format: expected arrow or hdf5, got {data_format!r}{suggestion(data_format, ('arrow', 'hdf5'))}")
        try:
            self.namespace, _, _ = parse_dataset_id(dataset_id)
        except (ValueError, TypeError, gymnasium.error.Error):  # TypeError: no version; Error: Minari before 0.5.2
            raise ValueError(f"dataset_id: expected a name like sandlot/tag/scripted-v0, got {dataset_id!r}") from None
        self.place = Path(get_dataset_path(dataset_id)).absolute()
        if self.place.exists() and not overwrite:
            raise FileExistsError(f"dataset_id: {dataset_id!r} is there already, in {self.place}; overwrite=True writes it anew")
        self.dataset_id, self.data_format, self.overwrite = dataset_id, data_format, overwrite

    def record(self, player: "Player", seeds: range, spec: gymnasium.envs.registration.EnvSpec | None) -> Any:
        """Play an episode for each seed and write them; the `MinariDataset`."""
        vec, scenario = player.vec, player.vec.core.scenario
        about = {
            "dataset_id": self.dataset_id,
            "minari_version": minari.__version__,
            "algorithm_name": _told(player.spec),
            "description": f"{scenario.name}-v{scenario.version}: {player.who} played by {_told(player.spec)}, the others by {_told(player.others)}; "
            f"{counted(len(seeds), 'episode')}, seeds {seeds[0]} to {seeds[-1]}. {scenario.about}",
            "scenario_hash": scenario_hash(scenario),
        }

        def write(folder: Path) -> None:
            storage = MinariStorage.new(
                folder / "data",
                observation_space=vec.single_observation_space,
                action_space=vec.single_action_space,
                env_spec=spec,
                data_format=self.data_format,
            )
            storage.update_metadata(about)
            storage.update_episodes(_play(vec, player, seeds))

        self.place.parent.mkdir(parents=True, exist_ok=True)
        write_folder(self.place, write, overwrite=self.overwrite)
        if self.namespace is not None and self.namespace not in list_local_namespaces():
            create_namespace(self.namespace)
        return minari.load_dataset(self.dataset_id)


def _told(spec: Any) -> str:
    """A policy's name for people; a dict's by team."""
    if isinstance(spec, Mapping):
        return ", ".join(f"{team}: {_told(one)}" for team, one in spec.items())
    return spec if isinstance(spec, str) else type(spec).__name__


def env_spec(source: Source, params: Mapping[str, Any], player: "Player") -> gymnasium.envs.registration.EnvSpec | None:
    """What makes the environment again: a library game by its name, any other with its whole text. None if one who plays beside the learner has no name."""
    core, others = player.vec.core, player.others
    scenario = core.scenario
    around: dict[str, Spec] = dict(others) if isinstance(others, Mapping) else dict.fromkeys(player.played, others)
    kwargs: dict[str, Any] = {"actions": core.actions}
    if player.vec.seat.per_world > 1:  # one agent of many; its mates are who they were
        kwargs["agent"] = f"{player.team}_0"
        around[player.team] = player.spec
    elif player.agent is not None:
        kwargs["agent"] = player.agent
    else:
        kwargs["team"] = player.team
    if not all(isinstance(one, str) for one in around.values()):
        return None
    if isinstance(source, str) and source in names():
        spec = gymnasium.spec(gymnasium_id(source, scenario.version))
        kwargs |= {"scenario": source} | {name: scenario.params_used[name] for name in params if name in scenario.params_used}
        kwargs |= {name: params[name] for name in ("split", "lesson") if params.get(name) is not None}
    else:
        spec = gymnasium.spec("sandlot/Scenario-v0")
        kwargs["scenario"] = game_of(scenario)
    if scenario.varied:
        kwargs["vary"] = {name: param.drawn.to_json() for name, param in scenario.varied.items()}
    spec.kwargs, spec.max_episode_steps = kwargs | {"others": around}, core.max_cycles
    return spec


class Player:
    """Acts for the learner's seat in every world.

    Args:
        vec: The worlds.
        agent: The one agent that sits there; None: its whole team.
        spec: Its policy.
        others: Who plays the rest.
        seed: Of the policy's chances.
    """

    def __init__(self, vec: GameVec, agent: str | None, spec: Spec, others: Others, seed: int) -> None:
        self.vec, self.agent, self.spec, self.others, self.team = vec, agent, spec, others, vec.seat.team
        self.space = vec.seat.action_space
        mates = vec.core.agents(self.team)
        self.first, self.count = (0, len(mates)) if agent is None else (mates.index(agent), 1)
        self.played = [name for name in vec.core.teams if name != self.team or self.count < len(mates)]
        self.cast = Cast(vec.core, {self.team: spec}, (self.team,))
        # Not the stream of the policies around it, which begins with the bare seed.
        self.rng = np.random.default_rng((seed, 1))
        self.cast.reset()

    @property
    def who(self) -> str:
        """The seat's name."""
        return self.agent or self.team

    def act(self) -> Array:
        """Actions, [rows, ...], of the kind that the action space holds."""
        space = self.space
        chosen = self.cast.act(*self.vec.core.seen(), self.rng)[self.team][:, self.first : self.first + self.count]
        if isinstance(space, gymnasium.spaces.Box) and np.all(np.abs(chosen) <= 1.0001):
            chosen = np.clip(chosen, -1, 1)  # what the worlds forgive, a dataset's space doesn't
        return np.reshape(chosen, (self.vec.num_envs, *space.shape)).astype(space.dtype, copy=False)


class _Log:
    """What every row has seen and done since its episode began; a row's own clock counts its steps."""

    def __init__(self, vec: GameVec) -> None:
        self.vec, self.rows, self.keys = vec, np.arange(vec.num_envs), vec.seat.keys
        self.arrays: dict[str, Array] = {}
        self._grow(64)

    def _grow(self, steps: int) -> None:
        vec, rows = self.vec, self.vec.num_envs
        seen, acts = vec.seat.observation_space, vec.seat.action_space
        shapes: dict[str, tuple[tuple[int, ...], Any]] = {
            "observations": ((rows, steps + 1, *seen.shape), seen.dtype),
            "infos": ((rows, steps + 1, len(self.keys)), np.float32),
            "actions": ((rows, steps, *acts.shape), acts.dtype),
            "rewards": ((rows, steps), np.float32),
            "terminations": ((rows, steps), np.bool_),
            "truncations": ((rows, steps), np.bool_),
        }
        for key, (shape, dtype) in shapes.items():
            wider = np.zeros(shape, dtype)
            if key in self.arrays:
                old = self.arrays[key]
                wider[:, : old.shape[1]] = old
            self.arrays[key] = wider
        self.steps = steps

    def look(self, rows: Array, clocks: Array | int, seen: Array, infos: Infos) -> None:
        """Keep what some rows see now."""
        self.arrays["observations"][rows, clocks] = seen[rows]
        self.arrays["infos"][rows, clocks] = np.stack([infos[key][rows] for key in self.keys], 1)

    def step(self, clocks: Array, **values: Array) -> None:
        """Keep what every row does and gets in the step that begins at its clock."""
        if clocks.max() == self.steps:
            self._grow(2 * self.steps)
        for key, value in values.items():
            self.arrays[key][self.rows, clocks] = value

    def episode(self, row: int, length: int, seed: int, agent: str | None) -> EpisodeBuffer:
        """Cut out what a row did in an episode that took `length` steps."""
        alive = self.arrays["infos"][row, 1 : length + 1, self.keys.index("alive")]
        gone = bool((alive == 0).any())
        if gone:  # removed by a rule: the world may have gone on without it
            length = int(np.argmax(alive == 0)) + 1
        parts = {key: values[row, : length + (key in ("observations", "infos"))].copy() for key, values in self.arrays.items()}
        last = parts["terminations"][-1:], parts["truncations"][-1:]
        last[0][:], last[1][:] = ending(*last, np.array([not gone]))
        # Lists: Minari's arrow format can't read arrays of single numbers back. In its HDF5 a slash makes a group.
        infos = {key: list(values) for key, values in zip(self.keys, parts.pop("infos").T, strict=True)}
        return EpisodeBuffer(seed=seed, options=None if agent is None else {"agent": agent}, infos=infos, **parts)


def _play(vec: GameVec, player: Player, seeds: range) -> Iterator[EpisodeBuffer]:
    """Play an episode for each seed, each in the first world that is free; yield them in order, however they end."""
    core, episodes = vec.core, len(seeds)
    worlds, per_world = core.num_envs, vec.num_envs // core.num_envs
    agents = [None] if per_world == 1 else core.agents(player.team)
    playing, following = np.arange(worlds), worlds
    clocks, log = np.zeros(worlds, np.int64), _Log(vec)
    done: dict[int, list[EpisodeBuffer]] = {}
    told = 0
    log.look(log.rows, 0, *vec.reset(seed=seeds[0]))
    while told < episodes:
        action = player.act()
        seen, reward, terminated, truncated, infos = vec.step(action)
        own = np.repeat(clocks, per_world)
        log.step(own, actions=action, rewards=reward, terminations=terminated, truncations=truncated)
        log.look(log.rows, own + 1, seen, infos)
        busy = playing >= 0
        clocks[busy] += 1
        ended = np.flatnonzero((terminated | truncated).reshape(worlds, per_world).all(1) & busy)
        if not len(ended):
            continue
        given: list[int | None] = [None] * worlds
        anew = np.zeros(worlds, np.bool_)
        for world in ended.tolist():
            k, first = int(playing[world]), world * per_world
            done[k] = [log.episode(first + i, int(clocks[world]), seeds[k], agent) for i, agent in enumerate(agents)]
            playing[world], clocks[world] = -1, 0
            if following < episodes:
                playing[world], given[world], anew[world] = following, seeds[following], True
                following += 1
        while told in done:
            yield from done.pop(told)
            told += 1
        if anew.any():
            player.cast.restart(anew)
            fresh = np.repeat(anew, per_world)
            log.look(log.rows[fresh], 0, *vec.reset(seed=given, options={"reset_mask": fresh}))


def played_episodes(dataset_id: str) -> Iterator[tuple[Array, Array]]:
    """Observations [T + 1, ...] and actions [T, ...] of each episode of a dataset that is on this machine."""
    for episode in minari.load_dataset(dataset_id).iterate_episodes():
        yield np.asarray(episode.observations), np.asarray(episode.actions)


__all__ = ["Player", "Target", "check_end", "env_spec", "played_episodes", "seeds_from"]
