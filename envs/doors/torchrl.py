"""The TorchRL door: many worlds as one native, batched EnvBase, in which each team that learns is a group."""

from typing import Any

import gymnasium
import numpy as np

from ...scenarios.text.problems import suggestion
from ..compile.ledger import TROUBLES
from ..core.arguments import one_seed, seeds_of
from ..core.results import ending
from ..core.vector import VectorEnv
from ..extras import needs
from ..policy import Cast
from .seat import Array, Infos, Others

with needs("torchrl"):
    import torch
    from tensordict import TensorDict, TensorDictBase
    from tensordict.base import NO_DEFAULT
    from torchrl.data import Bounded, Categorical, Composite, MultiCategorical, Unbounded
    from torchrl.envs import EnvBase

_CPU = torch.device("cpu")
_ENDS = ("done", "terminated", "truncated")


class _Now:
    """What changes, apart from the environment: a module takes its time to set an attribute."""

    def __init__(self, worlds: int) -> None:
        self.obs: dict[str, Array] = {}
        self.alive: dict[str, Array] = {}
        self.ended = np.ones(worlds, np.bool_)
        self.seeds: list[int | None] | None = None  # for worlds that have not begun since they were given
        self.rng = np.random.default_rng()  # of policies among the others


class TorchRLEnv(EnvBase):
    """Many worlds of one game, made by `sandlot.make_torchrl`; `batch_size` [E], `E` is the number of worlds, `k` a team's agents.

    Each team that learns is a group: `(team, "observation")` float32 [E, k, O], `(team, "action")`, `(team,
    "reward")` float32 [E, k, 1], `(team, "alive")` bool [E, k], `(team, "info", "reward/<term>")` float32 [E,
    k, 1] and, where the team has one, `(team, "info", "score")` (the same for all of it). At the root:
    `"done"`, `"terminated"`, `"truncated"` bool [E, 1], `"state"` float32 [E, S] for central critics, `("info",
    "event/<rule>")` (times it fired), and `overruns`, `misplaced` and `unfired` there, float32 [E, 1].

    Where a rule can remove agents of a team, its group has `done`, `terminated` and `truncated` [E, k, 1] of
    its own. Who has been removed is terminated in that step and stays so, with reward 0 and `alive` False,
    until the world begins anew; what it does is ignored.

    With discrete actions a group also has `(team, "action_mask")`, bool [E, k, options], all choices side by
    side: what each agent could make anything of now (see `VectorEnv.action_masks`), for masked distributions,
    or `transforms.ActionMask`.

    Seeds: after `set_seed(s)` the next reset of world i begins with s + i; then its random stream goes on.
    Worlds that have ended wait for a reset with `"_reset"`, which rollouts and collectors do themselves.

    Args:
        core: The worlds, which wait for `reset` at the end of an episode.
        team: As `make_torchrl` has it, as all that follow.
        others: Who plays the other teams.
        return_state: Whether there is `"state"`.
        return_info: Whether there is `"info"`.
        seed: The first seed.
        device: Where tensors go.
    """

    batch_locked = True

    def __init__(
        self, core: VectorEnv, team: str | None, others: Others, return_state: bool, return_info: bool, seed: int | None, device: Any
    ) -> None:
        seed, num_envs = one_seed(seed), core.num_envs
        if team is not None and team not in core.teams:
            raise ValueError(f"team: no {team!r}{suggestion(team, core.teams)}")
        super().__init__(device=device, batch_size=torch.Size([num_envs]))
        self.core = core
        learners = [name for name in core.teams if team in (None, name) and core.agents(name)]
        self.group_map = {name: core.agents(name) for name in learners}
        self._with_state, self._with_info, self._worlds = return_state, return_info, self.batch_size
        rest = tuple(name for name in core.teams if name not in learners)
        self._cast = Cast(core, others, rest, rest)
        self._mortal = {name for name in core.teams if core.scenario.is_removable(name)}
        self._sizes = {name: torch.Size([num_envs, len(agents)]) for name, agents in self.group_map.items()}
        self._terms = {one.name: [f"reward/{term}" for term in one.terms] for one in core.game.teams}
        discrete = core.game.discrete
        self._masked = {one.name: sum(one.options) for one in core.game.teams if one.name in learners and one.options and discrete}
        self._facts = [*(f"event/{rule}" for rule in core.game.rules), *TROUBLES]
        self._now = _Now(num_envs)
        self._set_seed(seed)
        self._make_specs()

    # --- specs ------------------------------------------------------------------------------------------

    def _make_specs(self) -> None:
        worlds = (self.core.num_envs,)
        seen, acts, pays, ends = Composite(), Composite(), Composite(), Composite()
        for team, shape in self._sizes.items():
            space = self.core.observation_space(team)
            low, high = float(space.low.min()), float(space.high.max())
            numbers = [*self._terms[team], *(["score"] if team in self.core.game.scores else [])]
            seen[team] = Composite(
                observation=Bounded(low, high, (*shape, *space.shape), dtype=torch.float32),
                alive=Categorical(2, shape, dtype=torch.bool),
                shape=shape,
            )
            if team in self._masked:
                seen[team, "action_mask"] = Categorical(2, (*shape, self._masked[team]), dtype=torch.bool)
            if self._with_info:
                seen[team, "info"] = _numbers(numbers, shape)
            acts[team] = Composite(action=_action_spec(self.core.action_space(team), shape), shape=shape)
            pays[team] = Composite(reward=Unbounded((*shape, 1)), shape=shape)
            if team in self._mortal:
                ends[team] = _flags(shape)
        if self._with_state:
            seen["state"] = Bounded(-1.0, 1.0, (*worlds, *self.core.state_space.shape), dtype=torch.float32)
        if self._with_info:
            seen["info"] = _numbers(self._facts, worlds)
        for name, spec in _flags(worlds).items():
            ends[name] = spec
        for spec in (seen, acts, pays, ends):
            spec.shape = worlds
        self.observation_spec, self.action_spec, self.reward_spec, self.done_spec = (
            spec.to(self.device) for spec in (seen, acts, pays, ends)
        )

    # --- running ----------------------------------------------------------------------------------------

    def _set_seed(self, seed: int | None) -> None:
        self._now.seeds = seeds_of(seed, self.core.num_envs)
        self._now.rng = np.random.default_rng(seed)

    def step(self, tensordict: TensorDictBase) -> TensorDictBase:
        """Advance every world by one decision: results are written under `"next"`.

        Raises:
            ActionError: If actions can't be used; the worlds are as before.
        """
        get = tensordict._get_str
        if tensordict.batch_size != self._worlds or get("next", None) is not None or get("_step", None) is not None:
            return super().step(tensordict)
        # What EnvBase would check and complete here takes longer than 64 worlds do, and `_tensors` leaves nothing out.
        return tensordict._set_str("next", self._step(tensordict), inplace=False, validated=True, non_blocking=False)

    def _step_mdp(self, tensordict: TensorDictBase) -> TensorDictBase:
        """The next step's input: what was found, but for rewards, and what else the last one held, actions too.

        As EnvBase's own, which walks all keys anew.
        """
        out, found, new = dict(tensordict.items()), dict(tensordict._get_str("next", NO_DEFAULT).items()), self._new
        del out["next"]
        for team, shape in self._sizes.items():
            group = dict(out[team].items()) | dict(found[team].items())
            group.pop("reward", None)
            if "info" in group:
                group["info"] = group["info"].copy()
            found[team] = new(group, shape)
        if "info" in found:
            found["info"] = found["info"].copy()
        return new(out | found, self._worlds)

    def _reset(self, tensordict: TensorDictBase | None = None, **_: Any) -> TensorDictBase:
        now, asked = self._now, None if tensordict is None else tensordict.get("_reset", None)
        if asked is None or not now.obs:
            mask = np.ones(self.core.num_envs, np.bool_)
            self._cast.reset()
        else:
            mask = asked.reshape(-1).cpu().numpy()
            self._cast.restart(mask)
        now.obs, info = self.core.reset(seed=now.seeds, mask=mask)
        if now.seeds is not None:
            left = [None if new else seed for seed, new in zip(now.seeds, mask, strict=True)]
            now.seeds = left if any(seed is not None for seed in left) else None
        now.ended = now.ended & ~mask
        return self._tensors(info, now.ended, np.zeros_like(mask), None)

    def _step(self, tensordict: TensorDictBase) -> TensorDictBase:
        now, only = self._now, tensordict._get_str("_step", None)
        if only is not None and not (now.ended | only.reshape(-1).cpu().numpy()).all():
            raise NotImplementedError("_step: a world that has not ended can't be left out of a step")
        mine = {team: tensordict._get_str(team, NO_DEFAULT)._get_str("action", NO_DEFAULT).cpu().numpy() for team in self._sizes}
        if self._cast.looks:  # whose policies move on when they are asked: not for actions that are refused
            self.core.check_actions(mine)
        now.obs, reward, terminated, truncated, info = self.core.step(self._cast.act(now.obs, now.alive, now.rng) | mine)
        now.ended = now.ended | terminated | truncated  # a world that goes on past its end may not say so again
        return self._tensors(info, terminated, truncated, reward)

    def _tensors(self, info: Infos, terminated: Array, truncated: Array, reward: Any) -> TensorDictBase:
        """What the core wrote, as tensors of their own: rollouts hold all steps, and new memory costs more than copies of what has just been written."""
        new, of, obs, alive = self._new, torch.from_numpy, self._now.obs, info["alive"]
        self._now.alive = alive
        masks = self.core.action_masks(list(self._masked)) if self._masked else {}
        out: dict[str, Any] = _ends(terminated, truncated)
        if self._with_state:
            out["state"] = of(self.core.state())
        if self._with_info:
            out["info"] = new({name: of(info[name][:, None].copy()) for name in self._facts}, self._worlds)
        for team, shape in self._sizes.items():
            group: dict[str, Any] = {"observation": of(obs[team].copy()), "alive": of(alive[team].copy())}
            if team in masks:
                group["action_mask"] = of(masks[team])
            if reward is not None:
                group["reward"] = of(reward[team][:, :, None].copy())
            if self._with_info:
                numbers = {name: of(info[name][team][:, :, None].copy()) for name in self._terms[team]}
                if team in self.core.game.scores:
                    numbers["score"] = of(info["score"][team].copy())[:, None, None].expand(*shape, 1)
                group["info"] = new(numbers, shape)
            if team in self._mortal:
                group |= _ends(*ending(terminated[:, None], truncated[:, None], alive[team]))
            out[team] = new(group, shape)
        result = new(out, self._worlds)
        return result if self.device == _CPU else result.to(self.device)

    @staticmethod
    def _new(entries: dict[str, Any], shape: Any) -> TensorDictBase:
        """A TensorDict of what is known to fit, unchecked."""
        made = TensorDict._new_unsafe(entries, batch_size=shape, nested=False)
        made._device = _CPU  # given as an argument, it takes as long as all the rest
        return made

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """EnvBase is a module, but nothing to be called."""
        raise NotImplementedError("call step, reset or rollout")

    def render(self, *_: Any, **__: Any) -> Any:
        """Pictures of all worlds, uint8 [E, H, W, 3], where the render mode is `rgb_array`; else None."""
        if self.core.render_mode is None:
            return None
        pictures: list[Any] = [self.core.render(world) for world in range(self.core.num_envs)]
        return np.stack(pictures)

    def close(self, **kwargs: Any) -> None:
        """End the core's threads; may be called twice."""
        self.core.close()
        super().close(**kwargs)


def _ends(terminated: Array, truncated: Array) -> dict[str, Any]:
    """The three flags, with the last axis of one that TorchRL wants."""
    flags = (terminated | truncated, terminated.copy(), truncated.copy())
    return {name: torch.from_numpy(flag[..., None]) for name, flag in zip(_ENDS, flags, strict=True)}


def _flags(shape: Any) -> Composite:
    return Composite({name: Categorical(2, (*shape, 1), dtype=torch.bool) for name in _ENDS}, shape=shape)


def _numbers(names: list[str], shape: Any) -> Composite:
    return Composite({name: Unbounded((*shape, 1)) for name in names}, shape=shape)


def _action_spec(space: gymnasium.spaces.Space[Any], shape: Any) -> Any:
    """Of all agents of a team, from the space of one."""
    if isinstance(space, gymnasium.spaces.Box):
        return Bounded(-1.0, 1.0, (*shape, *space.shape), dtype=torch.float32)
    if isinstance(space, gymnasium.spaces.Discrete):
        return Categorical(int(space.n), shape, dtype=torch.int64)
    assert isinstance(space, gymnasium.spaces.MultiDiscrete)
    return MultiCategorical(space.nvec.tolist(), (*shape, len(space.nvec)), dtype=torch.int64)


__all__ = ["TorchRLEnv"]
