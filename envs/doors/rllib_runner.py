"""An env runner for RLlib that steps and decides for all its worlds at once, and writes episodes from arrays instead of step by step."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from gymnasium.vector.utils import batch_space

from ..core.results import ending, endings
from ..core.vector import VectorEnv
from ..extras import needs
from .rllib import STRIDE, RllibEnv, cast_of
from .seat import Array

with needs("rllib"):
    import torch
    from ray.rllib.callbacks.utils import make_callback
    from ray.rllib.connectors.module_to_env import GetActions
    from ray.rllib.core.columns import Columns
    from ray.rllib.env.env_context import EnvContext
    from ray.rllib.env.multi_agent_env_runner import MultiAgentEnvRunner
    from ray.rllib.env.multi_agent_episode import MultiAgentEpisode
    from ray.rllib.env.single_agent_episode import SingleAgentEpisode
    from ray.rllib.env.utils.infinite_lookback_buffer import InfiniteLookbackBuffer
    from ray.rllib.env.vector.sync_vector_multi_agent_env import SyncVectorMultiAgentEnv
    from ray.rllib.utils import metrics

ByTeam: TypeAlias = dict[str, Array]


class RllibRunner(MultiAgentEnvRunner):
    """RLlib's MultiAgentEnvRunner on one batch of worlds: `config.env_runners(env_runner_cls=RllibRunner, num_envs_per_env_runner=256)`.

    Worlds, seeds, episodes and metrics are those of RLlib's own runner on `RllibEnv`; `env_config` is read as there, and `threads` besides (see
    `VectorEnv`). What differs: the policy mapping is asked once an episode; episode callbacks get a whole chunk at its end and there is none for
    a step; infos are empty but for the last of an episode, which holds the team's `score`; connectors of one's own, and modules with memory, are
    refused: RLlib's own runner has them.
    """

    def make_env(self) -> None:
        """Make the worlds, as `config.environment` and `num_envs_per_env_runner` say."""
        self.stop()
        config = self.config
        if config._env_to_module_connector or config._module_to_env_connector:
            raise ValueError("RllibRunner: connectors between worlds and modules need RLlib's own runner; leave env_runner_cls out")
        asked = dict(config.env_config)
        threads = asked.pop("threads", None)
        context = EnvContext(asked, worker_index=self.worker_index or 0, num_workers=config.num_env_runners)
        one = RllibEnv(context)  # says what RLlib asks of an environment: spaces, and who learns
        self.num_envs = config.num_envs_per_env_runner
        self._core = VectorEnv(one.env.scenario, self.num_envs, autoreset="disabled", actions=one.env.core.actions, threads=threads,
                               max_cycles=one.env.max_cycles)  # fmt: skip
        learners, self._cast = cast_of(self._core, one.seat, inside=True)
        self._rows = {team: [self._core.agents(team).index(name) for name in names] for team, names in learners.items()}
        self._one, self.env = one, SyncVectorMultiAgentEnv([lambda: one])
        self._codes = {team: np.full((self.num_envs, len(rows)), -1) for team, rows in self._rows.items()}
        self._modules: list[str] = []
        self._live: ByTeam = {}
        self._grouped: list[tuple[str, list[tuple[str, Array]]]] | None = None
        self._seeded, self._needs_initial_reset = False, True
        self._rng = np.random.default_rng(self._seed)
        make_callback(
            "on_environment_created",
            callbacks_objects=self._callbacks,
            callbacks_functions=config.callbacks_on_environment_created,
            kwargs={"env_runner": self, "metrics_logger": self.metrics, "env": self.env.unwrapped, "env_context": context},
        )

    def make_module(self) -> None:
        """Make the modules that decide."""
        super().make_module()
        for name in list(self.module.keys()) if self.module is not None else []:
            if self.module[name].is_stateful():
                raise ValueError(f"RllibRunner: module {name!r} has memory, which needs RLlib's own runner; leave env_runner_cls out")

    def stop(self) -> None:
        """End the threads and close the world that answers RLlib's questions."""
        if self.env is not None:
            self.env.close()
            self._core.close()

    # --- sampling ---------------------------------------------------------------------------------------------------------------------------

    def _sample(
        self, *, num_timesteps: int | None = None, num_episodes: int | None = None, explore: bool, random_actions: bool = False,
        force_reset: bool = False,
    ) -> list[Any]:  # fmt: skip
        """Step all worlds until there is enough, as RLlib's own: time steps of all worlds together, or whole episodes."""
        if force_reset or num_episodes is not None or self._needs_initial_reset:
            self._ongoing_episodes: list[Any] = [None] * self.num_envs
            self._ongoing_episodes_for_metrics.clear()
            self._begin(np.ones(self.num_envs, np.bool_))
            self._needs_initial_reset = num_episodes is not None
        log = _Log(self._seen())
        while (len(log.ends) < num_episodes) if num_episodes is not None else (self._count(log) < (num_timesteps or 0)):
            chosen, extras = self._decide(explore, random_actions, len(log.steps) * self.num_envs)
            self._advance(log, chosen, extras)
        return self._episodes(log, cut=num_episodes is None)

    def _count(self, log: "_Log") -> int:
        return len(log.steps) * self.num_envs if self.config.count_steps_by == "env_steps" else log.agent_steps

    def _begin(self, worlds: Array) -> None:
        """Begin new episodes in some worlds."""
        seed = None
        if not self._seeded and self._seed is not None:
            seed = self._seed + STRIDE * (self.worker_index or 0)
        with self.metrics.log_time(metrics.ENV_RESET_TIMER):
            self._obs, info = self._core.reset(seed=seed, mask=worlds)
        self._alive = info["alive"]
        if self._cast is not None and self._seeded:
            self._cast.restart(worlds)
        elif self._cast is not None:
            self._cast.reset()
        fresh = {team: self._alive[team][:, rows] for team, rows in self._rows.items()}
        self._live = {team: np.asarray(np.where(worlds[:, None], here, self._live.get(team, here))) for team, here in fresh.items()}
        self._seeded = True
        for world in np.flatnonzero(worlds).tolist():
            self._ongoing_episodes[world] = self._chunk()
            self._make_on_episode_callback("on_episode_created", world, self._ongoing_episodes)
            self._map(world)
            self._make_on_episode_callback("on_episode_start", world, self._ongoing_episodes)

    def _chunk(self, before: Any = None) -> Any:
        """An episode without steps: a new one, or the rest of another."""
        same = {"id_": before.id_, "env_t_started": before.env_t, "agent_module_ids": before._agent_to_module_mapping} if before else {}
        spaces = {"observation_space": self._one.observation_spaces, "action_space": self._one.action_spaces}
        return MultiAgentEpisode(**spaces, **same, agent_to_module_mapping_fn=self.config.policy_mapping_fn)

    def _map(self, world: int) -> None:
        """Ask which module decides for whom in a new episode."""
        episode = self._ongoing_episodes[world]
        for team, rows in self._rows.items():
            names = self._core.agents(team)
            for i, row in enumerate(rows):
                name = episode.module_for(names[row])
                if name not in self._modules:
                    self._modules.append(name)
                code = self._modules.index(name)
                if self._codes[team][world, i] != code:
                    self._codes[team][world, i], self._grouped = code, None

    def _seen(self) -> ByTeam:
        """Observations of those who learn, [E, n, O]."""
        return {team: self._obs[team][:, rows] for team, rows in self._rows.items()}

    def _groups(self) -> list[tuple[str, list[tuple[str, Array]]]]:
        """For each module the rows of each team, of [E * n], for which it decides."""
        if self._grouped is None:
            self._grouped = [
                (name, [(team, rows) for team, codes in self._codes.items() if (rows := np.flatnonzero(codes.reshape(-1) == code)).size])
                for code, name in enumerate(self._modules)
            ]
        return self._grouped

    def _decide(self, explore: bool, random: bool, steps: int) -> tuple[ByTeam, dict[str, ByTeam]]:
        """Actions of those who learn, [E, n, ...], and what their modules say besides, by column."""
        if random or self.module is None:
            spaces = {team: self._core.action_space(team) for team in self._rows}
            counts = {team: codes.size for team, codes in self._codes.items()}
            return {
                team: _any(space, counts[team], self._rng).reshape(self.num_envs, -1, *(space.shape or ()))
                for team, space in spaces.items()
            }, {}
        parallel = self.config.num_env_runners or 1
        t = (self.num_env_steps_sampled_lifetime // parallel + steps) * parallel
        columns: dict[str, ByTeam] = {}
        seen = self._seen()
        with self.metrics.log_time(metrics.RLMODULE_INFERENCE_TIMER), torch.no_grad():
            for name, parts in self._groups():
                if not parts:
                    continue
                module = self.module[name]
                rows = np.concatenate([seen[team].reshape(-1, seen[team].shape[2])[index] for team, index in parts])
                batch = {Columns.OBS: torch.from_numpy(rows).to(self._device)}
                out = dict(module.forward_exploration(batch, t=t) if explore else module.forward_inference(batch))
                GetActions()(rl_module={name: module}, batch={name: out}, episodes=self._ongoing_episodes, explore=explore)
                for column, values in out.items():
                    _scatter(columns.setdefault(column, {}), values.cpu().numpy(), parts, self._codes)
        return columns.pop(Columns.ACTIONS), columns

    def _advance(self, log: "_Log", chosen: ByTeam, extras: dict[str, ByTeam]) -> None:
        """One decision of all worlds; those that end begin anew."""
        sent = {team: actions if self._core.game.discrete else np.clip(actions, -1, 1) for team, actions in chosen.items()}
        if self._cast is not None:
            played = self._cast.act(self._obs, self._alive, self._rng)
            for team, actions in sent.items():
                if len(self._rows[team]) < len(self._core.agents(team)):  # its mates are played
                    played[team] = np.array(played[team])
                    played[team][:, self._rows[team]] = actions
                else:
                    played[team] = actions
            sent = played
        with self.metrics.log_time(metrics.ENV_STEP_TIMER):
            self._obs, rewards, over, late, info = self._core.step(sent)
        self._alive = info["alive"]
        acted = self._live
        self._live = {team: here & self._alive[team][:, self._rows[team]] for team, here in acted.items()}
        ends = endings(over, late, np.concatenate(list(self._live.values()), 1))
        log.add(chosen, {team: rewards[team][:, rows] for team, rows in self._rows.items()}, acted, extras)
        if ends.over.any():
            seen, scores = self._seen(), info.get("score", {})
            for world in np.flatnonzero(ends.over).tolist():
                last = {team: seen[team][world] for team in self._rows}
                score = {team: {"score": values[world].item()} for team, values in scores.items()}
                out = bool(over[world] or ends.left[world])
                end = _End(last, self._live_of(world), score, over=out, late=not out)
                log.ends.append((len(log.steps), world, self._ongoing_episodes[world], end))
            self._begin(ends.over)
        log.seen.append(self._seen())

    def _live_of(self, world: int) -> ByTeam:
        return {team: here[world] for team, here in self._live.items()}

    # --- from arrays to episodes ------------------------------------------------------------------------------------------------------------

    def _episodes(self, log: "_Log", cut: bool) -> list[Any]:
        """Everything that was sampled, as chunks of episodes; those that go on are cut here, or thrown away."""
        if not log.steps:
            return []
        table = log.stack()
        begun = [0] * self.num_envs
        done: list[Any] = []
        rest: list[Any] = []
        for at, world, episode, end in log.ends:
            self._write(episode, table, world, begun[world], at, end)
            begun[world] = at
            done.append(episode)
            self._make_on_episode_callback("on_episode_end", world, {world: episode})
        self._done_episodes_for_metrics.extend(done)
        steps = len(log.steps)
        if cut:
            for world, episode in enumerate(self._ongoing_episodes):
                if begun[world] < steps:
                    self._write(episode, table, world, begun[world], steps, _End({}, self._live_of(world), {}, over=False, late=False))
                    self._ongoing_episodes_for_metrics[episode.id_].append(episode)
                    rest.append(episode)
                    self._ongoing_episodes[world] = self._chunk(episode)
        self._report(steps * self.num_envs, done, done + rest)
        return done + rest

    def _write(self, episode: Any, table: "_Table", world: int, first: int, last: int, end: "_End") -> None:
        """Fill a chunk with the steps from `first` to `last` of a world."""
        began, length = episode.env_t_started, last - first
        episode.env_t, episode.is_terminated, episode.is_truncated = began + length, end.over, end.late
        for team, rows in self._rows.items():
            names = self._core.agents(team)
            seen = table.seen[team][world, :, first : last + 1]
            if end.seen:  # behind its last step stands the next episode's first look
                seen = seen.copy()
                seen[:, -1] = end.seen[team]
            for i, row in enumerate(rows):
                count = int(table.acted[team][world, i, first:last].sum())
                if not count:  # left in an earlier chunk
                    continue
                name, span, left = names[row], slice(first, first + count), not end.live[team][i]
                terminated, truncated = ending(end.over, end.late, not left)
                gone = [episode.SKIP_ENV_TS_TAG] * (length - count)
                episode.env_t_to_agent_t[name] = InfiniteLookbackBuffer([*range(began, began + count + 1), *gone])
                episode.agent_t_started[name] = began
                episode.agent_episodes[name] = SingleAgentEpisode(
                    id_=f"{episode.id_}_{name}",
                    observations=InfiniteLookbackBuffer(seen[i, : count + 1]),
                    actions=InfiniteLookbackBuffer(table.chosen[team][world, i, span]),
                    rewards=InfiniteLookbackBuffer(table.rewards[team][world, i, span]),
                    infos=[*[{}] * count, end.scores.get(team, {})],
                    extra_model_outputs={
                        column: InfiniteLookbackBuffer(values[team][world, i, span])
                        for column, values in table.extras.items()
                        if team in values
                    },
                    terminated=terminated,
                    truncated=truncated,
                    t_started=began,
                    len_lookback_buffer=0,
                    agent_id=name,
                    module_id=episode.module_for(name),
                    multi_agent_episode_id=episode.id_,
                    observation_space=self._one.observation_spaces[name],
                    action_space=self._one.action_spaces[name],
                )

    def _report(self, steps: int, done: list[Any], chunks: list[Any]) -> None:
        """Count what was sampled under RLlib's names."""
        count: dict[tuple[str, str], int] = {}
        for chunk in chunks:
            for name, one in chunk.agent_episodes.items():
                for key in ((metrics.NUM_AGENT_STEPS_SAMPLED, name), (metrics.NUM_MODULE_STEPS_SAMPLED, one.module_id)):
                    count[key] = count.get(key, 0) + len(one)
        for (what, who), value in count.items():
            self.metrics.log_value((what, who), value, reduce="sum")
            self.metrics.log_value((f"{what}_lifetime", who), value, reduce="lifetime_sum")
        self.metrics.log_value(metrics.NUM_ENV_STEPS_SAMPLED, steps, reduce="sum")
        self.metrics.log_value(metrics.NUM_ENV_STEPS_SAMPLED_LIFETIME, steps, reduce="lifetime_sum", with_throughput=True)
        if done:
            self.metrics.log_value(metrics.NUM_EPISODES, len(done), reduce="sum")
            self.metrics.log_value(metrics.NUM_EPISODES_LIFETIME, len(done), reduce="lifetime_sum")


class _End(NamedTuple):
    """How a chunk ends: what was seen last where the episode is over, [n, O]; who is still there, [n]; the teams' scores."""

    seen: ByTeam
    live: ByTeam
    scores: dict[str, dict[str, float]]
    over: bool
    late: bool


class _Table(NamedTuple):
    """All steps of a sample by team, [E, n, T, ...]; observations have one more."""

    seen: ByTeam
    chosen: ByTeam
    rewards: ByTeam
    acted: ByTeam
    extras: dict[str, ByTeam]


class _Log:
    """What happens while sampling, step by step."""

    def __init__(self, seen: ByTeam) -> None:
        self.seen = [seen]
        self.steps: list[tuple[ByTeam, ByTeam, ByTeam, dict[str, ByTeam]]] = []
        self.ends: list[tuple[int, int, Any, _End]] = []
        self.agent_steps = 0

    def add(self, chosen: ByTeam, rewards: ByTeam, acted: ByTeam, extras: dict[str, ByTeam]) -> None:
        self.steps.append((chosen, rewards, acted, extras))
        self.agent_steps += sum(int(who.sum()) for who in acted.values())

    def stack(self) -> _Table:
        """The same, world by world."""
        chosen, rewards, acted, extras = zip(*self.steps, strict=True)
        return _Table(
            _stacked(self.seen),
            _stacked(chosen),
            _stacked(rewards),
            _stacked(acted),
            {column: _stacked([step[column] for step in extras]) for column in extras[0]},
        )


def _stacked(steps: Sequence[ByTeam]) -> ByTeam:
    """[E, n, ...] of each step to [E, n, T, ...]."""
    return {team: np.ascontiguousarray(np.moveaxis(np.stack([step[team] for step in steps]), 0, 2)) for team in steps[0]}


def _scatter(out: ByTeam, values: Array, parts: list[tuple[str, Array]], codes: ByTeam) -> None:
    """Write what a module said to the rows that it decides for."""
    first = 0
    for team, index in parts:
        if team not in out:
            out[team] = np.zeros((*codes[team].shape, *values.shape[1:]), values.dtype)
        flat = out[team].reshape(-1, *values.shape[1:])
        flat[index] = values[first : first + index.size]
        first += index.size


def _any(space: Any, count: int, rng: np.random.Generator) -> Array:
    """Actions from anywhere in a space, [count, ...]."""
    many = batch_space(space, count)
    many.seed(int(rng.integers(1 << 31)))
    return np.asarray(many.sample())


__all__ = ["RllibRunner"]
