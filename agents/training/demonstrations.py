"""Play that is written down to be learnt from: what a team's agents saw and did. Files are safetensors with a JSON card; nothing in them is executed."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...envs import VectorEnv
from ...envs.policy import Cast, Policy, Spec, choose, masks_for, restart
from ..policies.moves import Moves
from ..policies.policy_file import Card, PolicyFileError, card_for, card_from, obstacles, read_arrays, write_arrays

Array = NDArray[Any]
FORMAT = "sandlot-episodes/1"
USUAL = 200
"""Decisions of an episode without a clock, where worlds are shared out."""


@dataclass
class Play:
    """Episodes of a team, side by side: row after row an agent (world after world), episode after episode below each other.

    Attributes:
        seen: float32 [T, n, O]: observations.
        done: float32 [T, n, box + choices]: what was done then, or would have been: see `Moves`.
        begins: bool [T, n]: where an episode begins.
        counts: bool [T, n]: where the agent was there.
        agents: How many rows a world has.
        card: Which game and team it is of; `trained` says who played.
        results: Mean score and return of the first episode of each world, and how many of these ended.
    """

    seen: Array
    done: Array
    begins: Array
    counts: Array
    agents: int
    card: Card
    results: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def worlds(self) -> int:
        """How many worlds were played side by side."""
        return self.seen.shape[1] // self.agents


class Recorder:
    """Plays worlds, and writes down what a team sees and what its teacher does.

    Args:
        env: The worlds, with autoreset `disabled`.
        team: Who is watched.
        teacher: Spec or Policy of who is to be learnt from.
        others: Specs of the other teams.
        seed: Of the first world; further recordings go on with other worlds.
    """

    def __init__(self, env: VectorEnv, team: str, teacher: Spec, others: Mapping[str, Spec], seed: int) -> None:
        self.env, self.team, self.seed = env, team, seed
        self.moves = Moves(env, team)
        rest = tuple(name for name in env.teams if name != team)
        self._cast = Cast(env, {**others, team: teacher}, env.teams, whole=rest)
        self._mates = Cast(env, dict(others), rest, whole=rest)
        self._rng = np.random.default_rng(seed)
        self.card = card_for(env, team, trained={"from": _named(teacher), "others": {name: _named(spec) for name, spec in others.items()}})

    def record(self, decisions: int, player: Policy | None = None, *, ask: bool = True, stop: Callable[[], bool] | None = None) -> Play:
        """Play some decisions of every world, from new episodes on.

        Args:
            decisions: Of each world.
            player: Who acts instead of the teacher, who then only says what it would do.
            ask: Whether the teacher is asked at all.
            stop: Ends it early.
        """
        env, team, cast = self.env, self.team, self._cast if ask else self._mates
        agents = len(env.agents(team))
        obs, info = env.reset(seed=self.seed)
        self.seed += env.num_envs
        cast.reset()
        if player is not None:
            player.reset(env.num_envs * agents)
        log: list[tuple[Array, ...]] = []
        tally = _Tally(team, env.num_envs)
        alive, began = info["alive"], np.ones(env.num_envs, np.bool_)
        for _ in range(decisions):
            if stop is not None and log and stop():
                break
            actions = cast.act(obs, alive, self._rng)
            seen, there = obs[team].reshape(-1, obs[team].shape[2]), alive[team].reshape(-1)
            shown = actions.get(team)
            if player is not None:
                actions[team] = choose(player, obs[team], alive[team], self._rng, masks_for(player, env, team))
            if shown is not None:
                rows = self.moves.from_worlds(shown.reshape(-1, *shown.shape[2:]))
                log.append((seen.copy(), rows, np.repeat(began, agents), there.copy()))
            obs, reward, terminated, truncated, info = env.step(actions)
            alive, began = info["alive"], terminated | truncated
            tally.add(reward, info, began)
            if began.any():
                fresh, begun = env.reset(mask=began)
                obs, alive = {name: np.where(began[:, None, None], fresh[name], obs[name]) for name in obs}, begun["alive"]
                cast.restart(began)
                if player is not None:
                    restart(player, began, agents)
        count, sizes = env.num_envs * agents, (len(self.card.observation), self.moves.size)
        empty = [
            *(np.zeros((0, count, size), np.float32) for size in sizes),
            np.zeros((0, count), np.bool_),
            np.zeros((0, count), np.bool_),
        ]
        kept = [np.stack(values) for values in zip(*log, strict=True)] or empty
        return Play(kept[0], kept[1], kept[2], kept[3], agents, self.card, tally.means())


class _Tally:
    """Scores and returns of a team in the first episode of every world: of all episodes that end in some time, too many would be short ones."""

    def __init__(self, team: str, worlds: int) -> None:
        self.team, self.sums = team, np.zeros(worlds)
        self.first = np.ones(worlds, np.bool_)
        self.ended: dict[str, list[float]] = {"return": [], "score": []}

    def add(self, reward: Mapping[str, Array], info: Mapping[str, Any], done: Array) -> None:
        """Take in a decision; bool [E]: whose episodes ended with it."""
        if reward[self.team].shape[1]:
            self.sums += reward[self.team].mean(1)
        ended = done & self.first
        self.ended["return"] += self.sums[ended].tolist()
        if self.team in info.get("score", {}):
            self.ended["score"] += info["score"][self.team][ended].tolist()
        self.first &= ~done

    def means(self) -> dict[str, float]:
        """By name, and how many."""
        return {name: float(np.mean(values)) for name, values in self.ended.items() if values} | {
            "episodes": float(len(self.ended["return"]))
        }


def _named(spec: Any) -> str:
    return spec if isinstance(spec, str) else type(spec).__name__.lower()


# --- files ------------------------------------------------------------------------------------------------------------------------------------


def save_play(path: str | Path, play: Play) -> Path:
    """Write it, whole or not at all."""
    words = {"format": FORMAT, "card": asdict(play.card), "agents": play.agents, "results": play.results}
    return write_arrays(path, {name: getattr(play, name) for name in ("seen", "done", "begins", "counts")}, words)


def read_play(path: str | Path) -> Play:
    """Read what `save_play` wrote.

    Raises:
        PolicyFileError: It is none, or damaged.
    """
    text, arrays = read_arrays(path)
    try:
        words = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PolicyFileError(f"{path}: its card can't be read: {error}") from error
    if not isinstance(words, dict) or words.get("format") != FORMAT:
        raise PolicyFileError(f"{path}: a safetensors file, but no episodes of sandlot")
    try:
        card, agents = card_from(words["card"]), int(words["agents"])
        play = Play(arrays["seen"], arrays["done"], arrays["begins"], arrays["counts"], agents, card, dict(words["results"]))
        steps, rows, _ = play.seen.shape
        wanted = {
            "seen": (steps, rows, len(card.observation)),
            "done": (steps, rows, card.box + len(card.choices)),
            "begins": (steps, rows),
            "counts": (steps, rows),
        }
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise PolicyFileError(f"{path}: its card can't be read: {error}") from error
    for name, shape in wanted.items():
        array = getattr(play, name)
        if array.shape != shape or (array.dtype != np.bool_) != (name in ("seen", "done")) or not np.isfinite(array).all():
            raise PolicyFileError(f"{path}: {name}: expected finite numbers of shape {shape}, got {array.dtype} of shape {array.shape}")
    if agents < 1 or rows % agents:
        raise PolicyFileError(f"{path}: {rows} rows can't be worlds of {agents} agents")
    limits = np.array(card.choices, np.float32)
    picks = play.done[..., card.box :]
    if (picks < 0).any() or (picks >= limits).any() or (picks != np.floor(picks)).any():
        raise PolicyFileError(f"{path}: done: choices that there aren't")
    return play


def read_plays(source: str | Path, env: VectorEnv, team: str) -> list[Play]:
    """Saved episodes of a team: all files of a folder that are of it, or a Minari dataset as `minari:<id>`.

    Raises:
        PolicyFileError: A file is damaged, doesn't fit, or there is none.
    """
    if str(source).startswith("minari:"):
        return [_from_minari(str(source).removeprefix("minari:"), env, team)]
    folder = Path(source)
    if not folder.is_dir():
        raise PolicyFileError(f"{folder}: there is no such folder")
    plays = []
    for path in sorted(folder.glob("*.safetensors")):
        play = read_play(path)
        if play.card.team != team:
            continue
        reasons = obstacles(play.card, env, team)
        if reasons:
            raise PolicyFileError(f"{path}: doesn't fit {team!r}: {'; '.join(reasons)}")
        plays.append(play)
    if not plays:
        raise PolicyFileError(f"{folder}: no episodes of {team!r} in it")
    return plays


def _from_minari(dataset_id: str, env: VectorEnv, team: str) -> Play:
    """A dataset made by `sandlot.make_minari`: one row for each agent of each episode, the short ones filled up."""
    from ...envs.doors.minari import played_episodes

    moves, card = Moves(env, team), card_for(env, team, trained={"from": f"minari:{dataset_id}"})
    episodes = list(played_episodes(dataset_id))
    rows = list(_rows(episodes, env, team, dataset_id))
    if not rows:
        raise PolicyFileError(f"minari:{dataset_id}: no episodes in it")
    steps = max(len(seen) for seen, _ in rows)
    play = Play(
        np.zeros((steps, len(rows), len(card.observation)), np.float32),
        np.zeros((steps, len(rows), moves.size), np.float32),
        np.zeros((steps, len(rows)), np.bool_),
        np.zeros((steps, len(rows)), np.bool_),
        len(rows) // len(episodes),
        card,
    )
    play.begins[0] = True
    for k, (seen, done) in enumerate(rows):
        play.seen[: len(seen), k], play.done[: len(seen), k], play.counts[: len(seen), k] = seen, moves.from_worlds(done), seen.any(1)
    return play


def _rows(episodes: Iterable[tuple[Array, Array]], env: VectorEnv, team: str, dataset_id: str) -> Iterator[tuple[Array, Array]]:
    """Each agent's observations [t, O] and actions [t, ...], of episodes of one agent or of a team."""
    size, acts = env.observation_space(team).shape[0], env.action_space(team).shape or ()
    for seen, done in episodes:
        agents = seen.shape[1] if seen.ndim == 3 else 1
        seen, done = seen[: len(done)].reshape(len(done), agents, -1), done.reshape(len(done), agents, -1)
        if seen.shape[2] != size or done.shape[2] != int(np.prod(acts)):
            found = f"{seen.shape[2]} and {done.shape[2]} numbers"
            raise PolicyFileError(f"minari:{dataset_id}: {team!r} sees and does {size} and {int(np.prod(acts))} numbers, there are {found}")
        for k in range(agents):
            yield seen[:, k], done[:, k].reshape(len(done), *acts)


__all__ = ["Play", "Recorder", "read_play", "read_plays", "save_play"]
