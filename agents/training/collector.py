"""Worlds in, experience out: plays learners against each other, their frozen selves and whoever else is in the game."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...envs import VectorEnv
from ...envs.core.results import ending
from ...envs.extras import needs
from ...envs.policy import Cast, Policy, Scripted, Spec, choose, masks_for, restart

if TYPE_CHECKING:
    from .ppo import Learner

with needs("train"):
    import torch

Array = NDArray[Any]
KEPT = 4096
"""Episodes that statistics are made from, the newest."""


class Guests:
    """Some worlds in which one learner meets others than its present opponents.

    Attributes:
        worlds: bool [E]: which.
        learner: Who learns there.
        played: Policy of each team that somebody else plays there.
        names: What these are called; under "" the name of the team that learns.
        met: How many matches they have had.
    """

    def __init__(self, worlds: Array, learner: "Learner", played: Mapping[str, Policy | Scripted], names: Mapping[str, str]) -> None:
        self.worlds, self.learner, self.played, self.names = worlds, learner, dict(played), dict(names)
        self.began = np.zeros(len(worlds), np.bool_)  # episodes that began with these guests: only these count as matches
        self.met = 0


class Collector:
    """Steps the worlds and fills the learners' rollouts.

    Args:
        env: Worlds with autoreset `disabled`: they are begun anew here, after a look at how they ended.
        learners: Who learns.
        others: Specs of the teams that nobody learns to play.
        seed: Of the worlds and of all other chance here.
        tell: Hears of each world's episodes, matches with guests aside.
    """

    def __init__(
        self,
        env: VectorEnv,
        learners: Sequence["Learner"],
        others: Spec | Mapping[str, Spec],
        seed: int,
        tell: Callable[[int, dict[str, float]], None] | None = None,
    ) -> None:
        self.env, self.learners, self.tell = env, list(learners), tell
        learnt = {team for learner in learners for team in learner.teams}
        rest = tuple(team for team in env.teams if team not in learnt)
        self.cast = Cast(env, others, rest, whole=rest)
        self.rng = np.random.default_rng(seed)
        self.guests: list[Guests] = []
        self.episodes: deque[dict[str, float]] = deque(maxlen=KEPT)
        self.matches: list[tuple[Guests, dict[str, float]]] = []
        self.obs, info = env.reset(seed=seed)
        self.alive: dict[str, Array] = info["alive"]
        self.cast.reset()
        self._sums: dict[str, Array] = {}
        self._lengths = np.zeros(env.num_envs, np.int64)

    def invite(self, guests: Sequence[Guests]) -> None:
        """Change who is met where; an episode that is under way is no match for who comes into it."""
        known, self.guests = self.guests, list(guests)
        for group in self.guests:
            if group in known:
                continue
            for team, policy in group.played.items():
                if not isinstance(policy, Scripted):
                    policy.reset(int(group.worlds.sum()) * len(self.env.agents(team)))

    def own_worlds(self) -> list[int]:
        """Worlds without guests."""
        return [world for world in range(self.env.num_envs) if not any(group.worlds[world] for group in self.guests)]

    def collect(self, steps: int | None = None) -> None:
        """Play one rollout's decisions in every world: as many as the horizon, or fewer."""
        length = self.learners[0].settings.horizon if steps is None else steps
        for learner in self.learners:
            learner.make_room(length)
        for t in range(length):
            state = self.env.state() if any(learner.sees_state for learner in self.learners) else None
            actions = self.cast.act(self.obs, self.alive, self.rng)
            before = self.alive
            for learner in self.learners:
                beside = learner.spread(state) if state is not None and learner.sees_state else None
                options = learner.gather(self.env.action_masks(learner.teams)) if learner.masked else None
                actions |= learner.scatter(learner.act(t, learner.gather(self.obs), beside, options))
            self._let_guests_act(actions)
            self.obs, reward, terminated, truncated, info = self.env.step(actions)
            self.alive, done = info["alive"], terminated | truncated
            for learner in self.learners:
                self._note(learner, t, before, reward, terminated, truncated)
            self._count(reward, done, info)
            if done.any():
                fresh, begun = self.env.reset(mask=done)
                # Only of the worlds that began: after `set_state` the worlds don't know what the others were told last.
                self.obs = {team: np.where(done[:, None, None], values, self.obs[team]) for team, values in fresh.items()}
                self.alive = begun["alive"]
                self._begin_again(done)

    def _let_guests_act(self, actions: dict[str, Array]) -> None:
        for group in self.guests:
            for team, policy in group.played.items():
                if isinstance(policy, Scripted):
                    chosen = self.env.scripted_actions([team])[team][group.worlds]
                else:
                    options = masks_for(policy, self.env, team)
                    options = None if options is None else options[group.worlds]
                    chosen = choose(policy, self.obs[team][group.worlds], self.alive[team][group.worlds], self.rng, options)
                if not actions[team].flags.writeable:
                    actions[team] = actions[team].copy()
                actions[team][group.worlds] = chosen

    def _is_live(self, learner: "Learner", team: str) -> Array:
        """Worlds in which a team is played by its learner, bool [E]."""
        live = np.ones(self.env.num_envs, np.bool_)
        for group in self.guests:
            if team in group.played or group.learner is not learner:
                live &= ~group.worlds
        return live

    def _note(
        self, learner: "Learner", t: int, before: Mapping[str, Array], reward: Mapping[str, Array], terminated: Array, truncated: Array
    ) -> None:
        """Tell a learner what came of its actions."""
        ends = {team: ending(terminated[:, None], truncated[:, None], self.alive[team]) for team in learner.teams}
        out = {team: ended | cut for team, (ended, cut) in ends.items()}
        live = {team: before[team] & self._is_live(learner, team)[:, None] for team in learner.teams}
        rewards, ended, counts = (torch.from_numpy(learner.gather(values).astype(np.float32)) for values in (reward, out, live))
        beyond = torch.zeros(learner.rows)
        if truncated.any():  # the clock cut off what would have gone on, for those who were still there
            cut = np.flatnonzero(learner.gather({team: cut for team, (_, cut) in ends.items()}))
            state = learner.spread(self.env.state())[cut] if learner.sees_state else None
            beyond[torch.from_numpy(cut)] = learner.value(learner.gather(self.obs)[cut], state, cut)
        learner.note(t, rewards, ended, counts, beyond)
        learner.begins = torch.from_numpy(learner.spread(terminated | truncated).astype(np.float32))

    def _count(self, reward: Mapping[str, Array], done: Array, info: Mapping[str, Any]) -> None:
        """Add a decision to its episode, and keep what ended episodes came to."""
        self._lengths += 1
        counted = {f"return/{team}": values.mean(1) for team, values in reward.items() if values.shape[1]}
        counted |= {name: values for name, values in info.items() if name.startswith("event/")}
        for name, values in counted.items():
            self._sums.setdefault(name, np.zeros(self.env.num_envs, np.float64))[:] += values
        for world in np.flatnonzero(done):
            episode = {name: float(values[world]) for name, values in self._sums.items()}
            episode["length"] = float(self._lengths[world])
            episode |= {f"score/{team}": float(values[world]) for team, values in info.get("score", {}).items()}
            group = next((one for one in self.guests if one.worlds[world]), None)
            if group is None:
                self.episodes.append(episode)
                if self.tell is not None:
                    self.tell(int(world), episode)
            elif group.began[world]:
                self.matches.append((group, episode))
        for values in (*self._sums.values(), self._lengths):
            values[done] = 0

    def _begin_again(self, done: Array) -> None:
        """Tell policies with a memory, and guests whose episodes count from now on."""
        self.cast.restart(done)
        for group in self.guests:
            group.began |= done & group.worlds
            for team, policy in group.played.items():
                restart(policy, done[group.worlds], len(self.env.agents(team)))

    # --- keeping ------------------------------------------------------------------------------------------------------------------------------

    def state(self, learners: Sequence["Learner"]) -> tuple[dict[str, Array], dict[str, Any]]:
        """All that the next rollout depends on: arrays, and what JSON can hold."""
        arrays: dict[str, Array] = {"worlds": np.frombuffer(self.env.get_state(), np.uint8), "lengths": self._lengths}
        for team in self.env.teams:
            arrays[f"obs/{team}"], arrays[f"alive/{team}"] = self.obs[team], self.alive[team]
        arrays |= {f"sum/{name}": values for name, values in self._sums.items()}
        groups = []
        for k, group in enumerate(self.guests):
            arrays[f"guests{k}/worlds"], arrays[f"guests{k}/began"] = group.worlds, group.began
            arrays |= {f"guests{k}/{name}": values for name, values in _memories(group.played).items()}
            groups.append({"learner": learners.index(group.learner), "names": group.names, "met": group.met})
        arrays |= {f"cast/{name}": values for name, values in _memories(self.cast.policies).items()}
        return arrays, {"rng": self.rng.bit_generator.state, "episodes": list(self.episodes), "guests": groups}

    def load(
        self, arrays: Mapping[str, Array], words: Mapping[str, Any], learners: Sequence["Learner"], policy_named: Callable[[str, str], Any]
    ) -> None:
        """Be as another one was, which `state` told; `policy_named` makes the policy of a team from its name."""
        self.env.set_state(arrays["worlds"].tobytes())
        self._lengths = arrays["lengths"].copy()
        self.obs = {team: arrays[f"obs/{team}"].copy() for team in self.env.teams}
        self.alive = {team: arrays[f"alive/{team}"].copy() for team in self.env.teams}
        self._sums = {name.removeprefix("sum/"): values.copy() for name, values in arrays.items() if name.startswith("sum/")}
        self.guests = []
        for k, told in enumerate(words["guests"]):
            played = {team: policy_named(team, name) for team, name in told["names"].items() if team}
            group = Guests(arrays[f"guests{k}/worlds"].copy(), learners[told["learner"]], played, told["names"])
            group.began, group.met = arrays[f"guests{k}/began"].copy(), told["met"]
            _remember(played, arrays, f"guests{k}/")
            self.guests.append(group)
        _remember(self.cast.policies, arrays, "cast/")
        self.rng.bit_generator.state = words["rng"]
        self.episodes.extend(words["episodes"])


def _memories(policies: Mapping[str, Policy | Scripted]) -> dict[str, Array]:
    """What policies with a memory hold, by team."""
    return {f"memory/{team}": policy.memory for team, policy in policies.items() if hasattr(policy, "memory")}


def _remember(policies: Mapping[str, Any], arrays: Mapping[str, Array], prefix: str) -> None:
    for team, policy in policies.items():
        if hasattr(policy, "memory"):
            policy.memory = arrays[f"{prefix}memory/{team}"].copy()


__all__ = ["Collector", "Guests"]
