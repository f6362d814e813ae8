"""The batched core behind every door: many worlds of one game, stepped together. A single environment is a batch of one."""

import os
from collections.abc import Mapping, Sequence
from copy import deepcopy as copy_deeply  # VectorEnv has an argument `copy`
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import gymnasium
import numpy as np
from numpy.typing import NDArray

from ...scenarios import Scenario
from ...scenarios.facts.work import work_of
from ...scenarios.text.problems import suggestion
from ..compile.game import Game
from ..compile.ledger import TROUBLES
from ..compile.scenario import compile_scenario
from ..jit.ir import LANES
from ..jit.kernel import bind
from ..kernels import step
from ..kernels.control.baseline import ASKED, PLAYED
from ..kernels.world.layout.world import Whole
from ..kernels.world.state import PENDING, Buffers, Scratch, State, new_scratch, new_state
from ..view.scene import Frame, Scene
from . import spaces
from .actions import ActionError, Actions
from .arguments import cycles, drawn_seed, names_of, seeds_of, whole, world_of, worlds_of
from .frames import frame_of, scene_of
from .masks import Masks, can_mask
from .params import Params, options_of
from .results import Results
from .snapshots import Snapshots
from .state_vector import state_row, state_table
from .workers import Alone, Workers, announce

if TYPE_CHECKING:
    from .pictures import Pictures

Autoreset = Literal["next_step", "same_step", "disabled"]
ActionKind = Literal["continuous", "discrete"]
Array: TypeAlias = NDArray[Any]
_MODES: dict[str, int] = {"next_step": step.NEXT_STEP, "same_step": step.SAME_STEP, "disabled": step.DISABLED}
_STEPS_OF_A_BODY = 500
"""How many simple steps the physics of one body counts for."""
_SPARES = 3
"""Sets of arrays kept to be used again: the system takes its time to hand out megabytes anew at every step."""


class Arrays(NamedTuple):
    """The memory of a `copy=False` environment: what `step` returns, and what it takes. Every step writes over it, none moves it."""

    obs: dict[str, Array]  # float32 [E, A, O] by team
    reward: dict[str, Array]  # float32 [E, A] by team
    terminated: Array  # bool [E]
    truncated: Array  # bool [E]
    info: dict[str, Any]  # as of `step`
    actions: dict[str, Array]  # float32 by team that is not scripted, shaped as `step` takes them; choices as numbers


class VectorEnv:
    """Many worlds of one game.

    Observations, rewards and actions are dicts by team; `E` is the number of worlds, `A` a team's agents.

    One thread at a time may use it: a call while another thread's is under way is a RuntimeError.

    Args:
        scenario: A validated game (`sandlot.load`).
        num_envs: How many worlds.
        threads: Threads that step blocks of 16 worlds; None: one for every 1,024 worlds, at most the machine's cores.
        autoreset: What happens to a world whose episode is over. `next_step`: the next step ignores its action and returns the first observation
            of the next episode, with reward 0. `same_step`: the same step returns the next episode's first observation, the last one is in
            `info["final_obs"]`. `disabled`: the world waits for `reset` with a mask. Until then steps leave it as it was at its end, whatever its
            actions: the same observation, reward 0, and the flags that said how it ended.
        actions: `continuous` or `discrete`.
        copy: Whether every step returns fresh arrays (otherwise they are written over by the next step).
        scripted: Teams that the scenario's `baseline` plays, inside the step; the others' actions are given to it. See `script`.
        max_cycles: Decisions after which an episode is truncated, if the game's own clock hasn't yet; None: the game's own clock alone.
        render_mode: `rgb_array` or None.
    """

    def __init__(
        self, scenario: Scenario, num_envs: int = 1, *, threads: int | None = None, autoreset: Autoreset = "next_step",
        actions: ActionKind = "continuous", copy: bool = True, scripted: Sequence[str] | None = (), max_cycles: int | None = None,
        render_mode: str | None = None,
    ) -> None:  # fmt: skip
        num_envs, max_cycles = whole("num_envs", num_envs, 1, 1 << 20), cycles(max_cycles)
        if threads is not None:
            threads = whole("threads", threads, 1)
        if autoreset not in _MODES:
            raise ValueError(f"autoreset: expected one of {', '.join(_MODES)}, got {autoreset!r}")
        if actions not in ("continuous", "discrete"):
            raise ValueError(f"actions: expected continuous or discrete, got {actions!r}")
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode: expected rgb_array or None, got {render_mode!r}")
        self.scenario, self.num_envs, self.autoreset, self.copy, self.render_mode = scenario, num_envs, autoreset, copy, render_mode
        self.max_cycles = max_cycles
        self.game: Game = compile_scenario(scenario, discrete=actions == "discrete")
        self.game.world.whole[Whole.CYCLES] = max_cycles or 0
        self.actions = actions
        self.blocks = -(-num_envs // LANES)
        cores = os.cpu_count() or 1
        self.threads = max(1, min(threads or min(cores, num_envs // 1024), self.blocks))
        self._state: State = new_state(self.game.world, self.blocks)
        self._seeded = False
        self._setup()
        self.script(() if scripted is None else scripted)

    # --- making -------------------------------------------------------------------------------------------------------------------------------

    def _setup(self) -> None:
        """What is not state: spaces, sizes, threads' scratch."""
        game = self.game
        self._team = {team.name: team for team in game.teams}
        limit = spaces.limit_of(game.world.real)
        self._observation_spaces = {team.name: spaces.observation_space(team, limit) for team in game.teams}
        self._action_spaces = {team.name: spaces.action_space(team, game.discrete) for team in game.teams}
        self._actions = Actions(game, self.num_envs)
        self._state_table = state_table(game)
        self._params = Params(game, self._state, self.num_envs)
        self._snapshots = Snapshots(game, self._state)
        self._scratch: list[Scratch] = [
            new_scratch(game.world, game.ledger.action_numbers + game.wish_numbers) for _ in range(self.threads)
        ]
        steps = work_of(self.scenario) + _STEPS_OF_A_BODY * len(game.body_kind)
        self._workers = Workers(
            bind(game.world), bind(self._state), [bind(scratch) for scratch in self._scratch], self.num_envs, self.blocks, steps
        )
        self._seeds = np.zeros(self.num_envs, np.uint64)
        self._answer = np.zeros(self.num_envs * max(1, game.ledger.action_numbers), np.float32)
        self._roles = np.zeros(len(game.teams), np.uint8)
        self._masks: Masks | None = None
        self._kept: Results | None = None
        self._spares: list[Results] = []
        self._changed: Array | None = None  # worlds that `set_state` has changed since they were observed, bool [E]; None: none
        self._alone = Alone()
        self._pictures: Pictures | None = None

    def __getstate__(self) -> dict[str, Any]:
        kept = (
            "scenario",
            "num_envs",
            "autoreset",
            "copy",
            "render_mode",
            "max_cycles",
            "game",
            "actions",
            "blocks",
            "threads",
            "scripted",
            "_state",
            "_seeded",
        )
        # What a partial reset returns of the other worlds, policies see next, and worlds that wait go on to show.
        last = (shown.buffers.obs, shown.buffers.flags, shown.buffers.reward) if (shown := self._shown()) else None
        return {name: getattr(self, name) for name in kept} | {"last": last}

    def __setstate__(self, state: dict[str, Any]) -> None:
        last = state.pop("last")
        self.__dict__.update(state)
        self._setup()
        self.script(self.scripted)
        if last is not None:
            buffers = self._new_results().buffers
            buffers.obs[:], buffers.flags[:], buffers.reward[:] = last

    def __deepcopy__(self, memo: dict[int, Any]) -> "VectorEnv":
        """A twin with its own worlds; the compiled game never changes, so both share it."""
        twin = type(self).__new__(type(self))
        memo[id(self)] = twin
        shared = {"scenario", "game"}
        twin.__setstate__({k: v if k in shared else copy_deeply(v, memo) for k, v in self.__getstate__().items()})
        return twin

    # --- facts --------------------------------------------------------------------------------------------------------------------------------

    @property
    def teams(self) -> tuple[str, ...]:
        """Team names, in the order of the file."""
        return tuple(self._team)

    def agents(self, team: str) -> list[str]:
        """Ids of a team's agents, `<team>_<i>`."""
        return [f"{team}_{i}" for i in range(self._of(team).agents)]

    def _of(self, team: str) -> Any:
        if team not in self._team:
            raise KeyError(f"no team {team!r}; there is {', '.join(self._team)}{suggestion(team, list(self._team))}")
        return self._team[team]

    def observation_space(self, team: str) -> gymnasium.spaces.Box:
        """Space of one agent's observation; the same object each time."""
        return self._observation_spaces[self._of(team).name]

    def action_space(self, team: str) -> gymnasium.spaces.Space[Any]:
        """Space of one agent's action; the same object each time."""
        return self._action_spaces[self._of(team).name]

    def observation_names(self, team: str) -> list[tuple[str, str]]:
        """Name of each number of an observation, and what 1.0 of it means (`5 m`; empty for flags and shares)."""
        return list(self._of(team).observation)

    @property
    def dt(self) -> float:
        """Seconds of a decision."""
        return self.game.names.decision

    # --- running ------------------------------------------------------------------------------------------------------------------------------

    def script(self, teams: Sequence[str]) -> None:
        """Let the scenario's `baseline` play these teams from the next step on, and no others.

        Their actions are what `scripted_actions(teams)` would return before each step, but found inside the step, which is much faster; `step` then
        takes the actions of the other teams only.

        Raises:
            ValueError: For a team that the game hasn't.
        """
        names = names_of("scripted", teams)
        for name in names:
            if name not in self._team:
                raise ValueError(f"scripted: no team {name!r}{suggestion(str(name), list(self._team))}; there is {', '.join(self._team)}")
        self.scripted = tuple(name for name in self._team if name in names)
        self._roles[:] = [PLAYED if name in names else 0 for name in self._team]
        self._actions.expect([name for name in self._team if name not in names])

    def _new_results(self) -> Results:
        """Arrays to write the next results to: fresh ones, or the same again."""
        found = self._kept if not self.copy else next((spare for spare in self._spares if spare.is_free()), None)
        if found is not None:
            found.clear()
        else:
            shared = {"action": self._actions.flat, "seeds": self._seeds, "answer": self._answer, "roles": self._roles}
            found = Results(self.game, self.num_envs, self.autoreset == "same_step", **shared)
            if self.copy:
                self._spares = [*self._spares[1 - _SPARES :], found]
        self._kept = found
        return found

    def _work(self, task: int, results: Results, mode: int = 0) -> None:
        """Run the kernel for all worlds."""
        with self._alone:
            try:
                self._workers.run(task, results.bound, mode)
            except BaseException:
                if self._workers.torn and task in (step.STEP, step.RESET):  # only a reset makes sense of the worlds now
                    self._seeded = False
                raise

    def reset(
        self, seed: int | Sequence[int | None] | None = None, *, mask: Array | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Array], dict[str, Any]]:
        """Begin new episodes.

        Args:
            seed: A number s seeds world i with s + i; a list gives each world its own (None: its stream goes on). None goes on with all streams; the
                first time it draws a seed from the system.
            mask: bool [E]: which worlds; all by default. The others' observations are returned as they are.
            options: `{"reset_mask": mask}` works too, as in Gymnasium. `{"params": {name: value}}` is `set_params` for the worlds that are reset.

        Returns:
            Observations and infos, as `step`.
        """
        announce()
        options = options_of(options, self.num_envs)
        chosen = self._mask(mask if mask is not None else (options or {}).get("reset_mask"))
        everyone = chosen if self._seeded else np.ones(self.num_envs, np.bool_)
        given = self._params.checked((options or {}).get("params", {}), everyone)
        seeds = seeds_of(seed, self.num_envs)
        with self._alone:
            results = self._after(self._shown() if not everyone.all() else None)
            self._plan_reset(seeds, everyone, results.ask)
            self._params.give(given, everyone)
            self._work(step.RESET, results)
        self._seeded, self._changed = True, None
        return results.obs.copy(), results.infos()

    def _after(self, last: Results | None) -> Results:
        """Results that show what those did: what is not observed anew, since a noisy sensor would draw again."""
        results = self._new_results()
        if last is not None and results is not last:
            results.buffers.obs[:] = last.buffers.obs
            results.buffers.flags[:] = last.buffers.flags
        return results

    def _mask(self, mask: Array | None) -> Array:
        """Which worlds are meant, bool [E]; all by default."""
        chosen = np.ones(self.num_envs, np.bool_) if mask is None else np.asarray(mask)
        if chosen.shape != (self.num_envs,) or chosen.dtype != np.bool_:
            raise ValueError(f"mask: expected bool of shape ({self.num_envs},), got {chosen.dtype} of shape {chosen.shape}")
        return chosen

    def _plan_reset(self, seeds: list[int | None] | None, mask: Array, ask: Array) -> None:
        """Write which worlds begin anew, and with which seeds."""
        if seeds is None and not self._seeded:
            seeds = seeds_of(drawn_seed(), self.num_envs)
        ask[:] = mask
        for i, seed in enumerate(seeds or ()):
            if mask[i] and (seed is not None or not self._seeded):
                ask[i], self._seeds[i] = 2, drawn_seed() if seed is None else seed

    def step(self, actions: Mapping[str, Array]) -> tuple[dict[str, Array], dict[str, Array], Array, Array, dict[str, Any]]:
        """Advance every world by one decision.

        Args:
            actions: For each team an array [E, A, K] (continuous), or [E, A] or [E, A, 2] (discrete).

        Returns:
            obs: float32 [E, A, O] by team. reward: float32 [E, A] by team. terminated, truncated: bool [E]. info: `alive` (bool [E, A] by team),
            `reward/<term>` (float32 [E, A] by team that has the term), `event/<rule>` (float32 [E]: times it fired), `score` (float32 [E] by team
            that has one), `overruns` (float32 [E]: contacts that found no slot this episode), `misplaced` (float32 [E]: spawns that found no free
            spot), `unfired` (float32 [E]: shots for which the shooter's pool had no projectile left). With same_step, score and the last three are
            those of the episode that ended, where one did, and there are `final_obs` and `final_alive`: as `obs` and `alive`, of the episodes that
            just ended, zero for worlds that go on. How the ended world looked (`state`, `render`) is gone by then: other modes keep it.

        Raises:
            ActionError: If the actions can't be used; the worlds are as before.
        """
        self._need_reset("step")
        with self._alone:
            self._actions.take(actions)
            results = self._decide()
        return results.obs.copy(), results.reward.copy(), results.terminated, results.truncated, results.infos()

    def _need_reset(self, what: str) -> None:
        """Before the first `reset` there are no worlds to ask."""
        if not self._seeded:
            raise RuntimeError(f"call reset before {what}")

    def _decide(self) -> Results:
        """One decision of every world, but of those that wait for `reset`: they are put back as they were."""
        state = self._state
        if self.autoreset != "disabled" or state.phase.tobytes().find(PENDING) < 0:
            results = self._new_results()
            self._work(step.STEP, results, _MODES[self.autoreset])
        else:
            over = state.phase.reshape(-1)[: self.num_envs] == PENDING
            waiting, last = np.flatnonzero(over), self._shown()
            assert last is not None
            going = np.unique(np.flatnonzero(~over) // LANES)  # blocks of which the kernel leaves no world alone
            moved = waiting[np.isin(waiting // LANES, going)]
            shown, kept = last.look(waiting), self._snapshots.take(moved)
            results = self._new_results()
            self._work(step.STEP, results, _MODES[self.autoreset])
            results.put(waiting, shown)
            self._snapshots.lay(kept, moved)
        self._changed = None
        return results

    def halt(self, worlds: Array) -> None:
        """Let worlds of a `disabled` environment wait for `reset` from now on, bool [E], though no rule or clock has ended them: the learner is out."""
        self._state.phase.reshape(-1)[np.flatnonzero(worlds)] = PENDING

    @property
    def action_buffer(self) -> Array:
        """The flat actions that `advance` takes, float32: team after team, each [E, A, K] (choices as numbers where the game is discrete)."""
        return self._actions.flat

    def put_actions(self, team: str, values: Array, first: int = 0, count: int | None = None) -> None:
        """Check a team's actions, [E, A, ...], or those of `count` agents from `first` on, and lay them into `action_buffer`.

        Raises:
            ActionError: As for `step`; nothing was written.
        """
        self._actions.put(team, values, first, count)

    def check_actions(self, actions: Mapping[str, Array]) -> None:
        """Refuse actions of some teams that `step` would refuse; nothing is written.

        Raises:
            ActionError: As for `step`.
        """
        self._actions.check(actions)

    @property
    def buffers(self) -> Buffers:
        """The flat arrays that the last reset or step wrote."""
        self._need_reset("buffers")
        results = self._kept or self._shown()
        assert results is not None
        return results.buffers

    def _shown(self) -> Results | None:
        """What every world showed last; what `set_state` has changed since is looked at now. None before the first reset."""
        changed = self._changed
        if changed is not None:
            last = self._kept
            results = self._after(last)
            results.ask[:] = changed
            keys = self._state.keys.copy()
            try:
                self._work(step.LOOK, results)
            finally:  # a look draws the noise of sensors, but leaves the streams of chance as they were
                self._state.keys[:] = keys
            self._changed = None
        return self._kept

    def seen(self) -> tuple[dict[str, Array], dict[str, Array]]:
        """What every world showed last, by team: observations [E, A, O], and who is alive [E, A]. After `set_state` that is what it shows now."""
        self._need_reset("seen")
        shown = self._shown()
        assert shown is not None
        return shown.obs.copy(), shown.info["alive"].copy()

    def observe(self, lanes: Sequence[int] | Array | None = None) -> dict[str, Array]:
        """What everybody sees now in some worlds (all by default), float32 [n, A, O] by team, copied; also after `set_state`, without a step.

        Nothing changes by it. Where `set_state` has put another world, noise of sensors is drawn anew; else it is what the last step or reset returned.

        Args:
            lanes: Numbers of worlds, or a mask, bool [E].
        """
        chosen = worlds_of(lanes, self.num_envs)
        return {team: seen[chosen] for team, seen in self.seen()[0].items()}

    def arrays(self) -> Arrays:
        """Where a `copy=False` environment keeps everything, for trainers that take it once: views of the memory that `reset` and `step` return.

        A team's arrays lie in one piece: `reshape(E * A, -1)` of them is the same memory, with a row for each agent. Actions written to `actions` are
        taken by `advance()` as they are, or by `step(arrays.actions)` after a check.

        Raises:
            ValueError: If the environment was made with `copy=True`: its steps return new arrays.
        """
        if self.copy:
            raise ValueError("arrays: make the environment with copy=False; otherwise every step returns new ones")
        kept = self._kept or self._new_results()
        return Arrays(kept.obs.copy(), kept.reward.copy(), kept.terminated, kept.truncated, kept.infos(), self._actions.places())

    def advance(self) -> Buffers:
        """Step with what lies in `action_buffer`, unchecked: for doors that check actions themselves and want flat results.

        Results of `copy=False` environments are written over by the next step.
        """
        self._need_reset("advance")
        with self._alone:
            return self._decide().buffers

    # --- params that vary by world ------------------------------------------------------------------------------------------------------------

    def params(self) -> dict[str, Array]:
        """The params that vary by world (`vary`), each with what is in force in every world's episode now: float32 [E], copied."""
        self._need_reset("params")
        return self._params.now()

    def set_params(self, values: Mapping[str, Any] | None = None, /, *, mask: Array | None = None, **params: Any) -> None:
        """Give worlds values of their own for params that vary, in place of what they draw. Each is in force from the world's next episode on.

        Nothing else changes: whatever a world draws besides, it draws as before.

        Args:
            values: Params as a dict, besides those given by name.
            mask: bool [E]: which worlds; all by default.
            **params: For each a number, or one for each world, [E]; None: drawn again.

        Raises:
            ValueError: If no such param varies, or a value is not within its range; nothing is changed then.
        """
        chosen = self._mask(mask)
        self._params.give(self._params.checked({**(values or {}), **params}, chosen), chosen)

    def secrets(self) -> dict[str, Array]:
        """What the game's `draw` drew for every world's episode, float32 [E] by name: a number, or the index of the thing within its kind."""
        self._need_reset("secrets")
        return self._params.drawn()

    # --- other questions ----------------------------------------------------------------------------------------------------------------------

    def scripted_actions(self, teams: Sequence[str] | None = None) -> dict[str, Array]:
        """What the scenario's `baseline` would do now, in every world, for these teams (None: all); zeros for actions without a formula.

        Formulas with `random()` draw from their world's stream. A team that is to be scripted always is faster as one of `scripted`.
        """
        self._need_reset("scripted_actions")
        names = self._names(teams)
        size = self._actions.flat.size
        with self._alone:
            self._roles[:] = [role | (ASKED if name in names else 0) for name, role in zip(self._team, self._roles, strict=True)]
            self._work(step.BASELINE, self._kept or self._new_results())
            self._roles &= PLAYED
            return self._actions.named(self._answer[:size], names)

    def _names(self, teams: Sequence[str] | None) -> list[str]:
        """Names of teams that there are; all by default, one may be given as a word."""
        return [self._of(team).name for team in (self._team if teams is None else names_of("teams", teams))]

    def action_masks(self, teams: Sequence[str] | None = None, *, discrete: bool | None = None) -> dict[str, Array]:
        """Which options of its choices each agent could make anything of now, for these teams (None: all): bool [E, A, options], all choices side by side.

        False: taking it would not change a bit of what comes after, compared with not doing what it stands for (option 0 of its choice; for a jumper the
        option with the same way to walk). Option 0 is True always, and nothing else for an agent that is out, or in a world that the next step begins anew.
        Masked are: the trigger while it reloads or without ammunition; grabbing, locking and unlocking with nothing for it in reach; a jump that can't
        begin, where contacts are found once a decision (20 decisions a second and more). Everything else is True.

        Args:
            teams: Whose.
            discrete: Of which kind of actions; None: of the kind that the worlds take. Where actions are numbers, what is said is the only choice.
        """
        self._need_reset("action_masks")
        names = self._names(teams)
        kind = self.game.discrete if discrete is None else discrete
        with self._alone:
            if self._masks is None:
                self._masks = Masks(self.game, self.num_envs, self._workers)
            return self._masks.find(names, kind)

    def can_mask(self, team: str, *, discrete: bool | None = None) -> bool:
        """Whether `action_masks` ever masks anything for an agent of a team that is in its world; a fact of the game."""
        return can_mask(self.game, self._of(team), self.game.discrete if discrete is None else discrete)

    def scores(self) -> dict[str, Array]:
        """The score of each team so far, float32 [E]; empty where the game has none."""
        self._need_reset("scores")
        return {team: self.evaluate(code) for team, code in self.game.scores.items()}

    def evaluate(self, code: tuple[int, int]) -> Array:
        """The value of a compiled formula without `self` (its code range) in every world, float32 [E]."""
        self._need_reset("evaluate")
        self._work(step.EVALUATE, self._kept or self._new_results(), code[0] << 32 | code[1])
        return self._answer[: self.num_envs].copy()

    def state(self) -> Array:
        """Everything that is true, for central critics: float32 [E, S], scaled to [-1, 1] like observations (see `state_names`)."""
        self._need_reset("state")
        return state_row(self._state_table, self._state, self.num_envs)

    @property
    def state_space(self) -> gymnasium.spaces.Box:
        """Space of one world's `state()`."""
        return gymnasium.spaces.Box(np.float32(-1), np.float32(1), self._state_table.rows.shape, np.float32)

    def get_state(self, lanes: Sequence[int] | Array | None = None) -> bytes:
        """An exact snapshot of some worlds (all by default), for search and checkpoints; the same bytes mean the same future.

        Args:
            lanes: Numbers of worlds, or a mask, bool [E].
        """
        self._need_reset("get_state")
        chosen = worlds_of(lanes, self.num_envs)
        with self._alone:
            return self._snapshots.write(self._snapshots.take(chosen))

    def set_state(self, blob: bytes, lanes: Sequence[int] | Array | None = None, *, chance: Sequence[int] | Array | None = None) -> None:
        """Put snapshots back: into the worlds named, in order. Of n snapshots for m times as many worlds, the first goes into the first m, and so on.

        A world whose episode is over begins the next one with the next step, but in `disabled` environments, where it waits for `reset`.
        What the worlds show then `observe` tells.

        Args:
            blob: From `get_state`, of this game with the same params.
            lanes: Numbers of worlds, each once, or a mask, bool [E]; all by default.
            chance: For each of them a whole number of 64 bits: until its episode ends it draws other random numbers than the snapshot's world will,
                the same for the same number. None: the very same, so that a plan made in a copy would foresee them.

        Raises:
            ValueError: If the blob is no snapshot of this game, or damaged; the worlds are as before.
        """
        chosen, numbers = worlds_of(lanes, self.num_envs), None
        if len(np.unique(chosen)) < len(chosen):
            raise ValueError("lanes: expected each world once")
        parts = self._snapshots.read(blob, len(chosen))
        if chance is not None:
            numbers = np.asarray(chance)
            if numbers.shape != chosen.shape or numbers.dtype.kind not in "iu":
                raise ValueError(f"chance: expected {len(chosen)} whole numbers, got {numbers.dtype} of shape {numbers.shape}")
        with self._alone:
            self._snapshots.lay(parts, chosen)
            if numbers is not None:
                self._snapshots.turn_chance(numbers, chosen)
            if self._pictures is not None:
                self._pictures.forget(chosen.tolist())  # the same seed and episode, but perhaps other params
            if self._changed is None:
                self._changed = np.zeros(self.num_envs, np.bool_)
            self._changed[chosen] = True
            self._seeded = True

    def state_hash(self, lane: int = 0) -> str:
        """Hash of one world's snapshot: equal hashes mean equal bits."""
        self._need_reset("state_hash")
        return self._snapshots.hash(world_of(lane, self.num_envs))

    # --- watching -----------------------------------------------------------------------------------------------------------------------------

    def scene(self, lane: int = 0, policies: Mapping[str, str] | None = None) -> Scene:
        """What stays the same while this episode of a world is drawn."""
        lane = world_of(lane, self.num_envs)
        self._need_reset("scene")
        return scene_of(self.game, self._state, lane, dict(policies or {}))

    def frame(self, lane: int = 0, reward: Mapping[str, float] | None = None) -> Frame:
        """A world as it is now."""
        lane = world_of(lane, self.num_envs)
        self._need_reset("frame")
        return frame_of(
            self.game, self._state, lane, {team: float(values[lane]) for team, values in self.scores().items()}, dict(reward or {})
        )

    def render(self, lane: int = 0) -> NDArray[np.uint8] | None:
        """Picture of one world, uint8 [H, W, 3], where the render mode is `rgb_array`; else None."""
        lane = world_of(lane, self.num_envs)
        if self.render_mode != "rgb_array":
            return None
        self._need_reset("render")
        if self._pictures is None:
            from .pictures import Pictures

            self._pictures = Pictures(self.scenario.view.width)
        return self._pictures.draw(lane, self._snapshots.episode(lane), lambda: self.scene(lane), self.frame(lane))

    def close(self) -> None:
        """End the threads; may be called twice, and a later step starts them again."""
        self._workers.close()


__all__ = ["TROUBLES", "ActionError", "Arrays", "VectorEnv"]
