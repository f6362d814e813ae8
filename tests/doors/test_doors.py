"""What the doors do beyond their frameworks' contracts: seats, policies, agents that leave, refused actions."""

import copy
import inspect
import pickle
import re

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import RecordEpisodeStatistics

import sandlot
from sandlot.agents import RandomPolicy
from sandlot.envs.doors.gymnasium import GameEnv, GameVec
from sandlot.envs.doors.pettingzoo import ParallelEnv
from sandlot.envs.doors.source import game_of, resolve
from sandlot.envs.policy import Cast
from sandlot.scenarios import loads, scenario_hash

# --- who learns ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "say who learns: team= (chaser, runner) or agent= (chaser_0, chaser_1, chaser_2, runner_0)"),
        ({"team": "chasr"}, "team: no 'chasr' (did you mean \"chaser\"?)"),
        ({"agent": "runner_1"}, "agent: no 'runner_1' (did you mean \"runner_0\"?)"),
        ({"agent": "runner_0", "team": "chaser"}, "agent: 'runner_0' is not of team 'chaser'"),
        (
            {"team": "chaser", "others": {"runer": "random"}},
            "others: no team 'runer' (did you mean \"runner\"?)",
        ),
        (
            {"team": "chaser", "others": {"chaser": "random"}},
            "others: nobody of team 'chaser' is played by a policy, all of it learns",
        ),
        (
            {"team": "chaser", "others": "scriptd"},
            "policy of 'runner': no policy 'scriptd' (did you mean \"scripted\"?); expected scripted, random, best, planner or a .safetensors file",
        ),
        (
            {"team": "chaser", "others": "human:wasd"},
            "policy of 'runner': 'human:wasd' needs a keyboard; only `sandlot watch` and `sandlot play` have one",
        ),
        (
            {"team": "chaser", "render_mode": "ansi"},
            "render_mode: expected human, rgb_array or None, got 'ansi'",
        ),
    ],
)
def test_bad_seats(options, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        GameEnv("tag", **options)


def test_team_may_be_left_out_for_one_agent():
    alone = loads(
        '{"format": "sandlot/1", "name": "alone", "teams": {"cat": {"shape": "circle", "radius": 0.3, "at": [0, 0], "sees": ["self"]}}}'
    )
    env = GameEnv(alone)
    assert (env.observation_space.shape, env.action_space) == ((4,), gymnasium.spaces.Discrete(1))
    env.reset(seed=0)
    assert env.step(0)[1:4] == (0.0, False, False)
    with pytest.raises(sandlot.ActionError, match=r"^actions of 'cat': expected 0, its only choice, got 1$"):
        env.step(1)


class Leader:
    """A policy with memory, to see what doors tell it."""

    def __init__(self):
        self.calls = []

    def reset(self, count):
        self.calls.append(("reset", count))

    def restart(self, rows):
        self.calls.append(("restart", rows.tolist()))

    def act(self, obs, mask, rng):
        assert obs.shape == (len(mask), 24)
        assert mask.dtype == np.bool_
        return np.full((len(obs), 2), 0.5, np.float32)


@pytest.mark.parametrize("mode", ["next_step", "same_step"])
def test_policies_hear_of_new_episodes(mode):
    leader = Leader()
    env = gymnasium.make_vec("sandlot/Tag-v0", 2, team="runner", others=leader, autoreset_mode=mode)
    env.reset(seed=0)
    for _ in range(205):
        env.step(env.action_space.sample())
    assert leader.calls == [("reset", 6), ("restart", [True] * 6)]
    with pytest.raises(TypeError, match="expected a spec or an object with reset and act, got int"):
        GameEnv("tag", team="runner", others=3)


def test_an_agent_of_a_team_with_its_own_mates():
    env = GameEnv("tag", agent="chaser_1", others={"chaser": Leader(), "runner": "random"})
    env.reset(seed=0)
    env.step(np.array([-1, 0], np.float32))
    np.testing.assert_array_equal(env.core.action_buffer[:6], [0.5, 0.5, -1, 0, 0.5, 0.5])


def test_a_cast_speaks_of_its_own_teams_only():
    core = sandlot.make_vec("tag")
    Cast(core, "scripted", ("runner",), ("runner",))
    Cast(core, "scripted", ("chaser",))
    assert core.scripted == ("runner",)
    Cast(core, "random", ("runner",), ("runner",))
    assert core.scripted == ()


# --- agents that leave ----------------------------------------------------------------------------------


def test_agents_leave_for_good(flock):
    env = sandlot.make(flock)
    env.reset(seed=0)
    right, still = np.array([1, 0], np.float32), np.zeros(2, np.float32)
    seen = []
    while env.agents:
        before = list(env.agents)
        actions = {agent: right if agent == "wolf_0" else still for agent in before}
        actions.update({agent: np.array([np.nan, np.nan]) for agent in env.possible_agents if agent not in before})  # ignored
        entries = env.step(actions)
        assert all(list(entry) == before for entry in entries)
        seen.append((before, entries))
        gone = [agent for agent in before if agent not in env.agents]
        if gone and env.agents:
            assert [entries[2][agent] for agent in before] == [agent in gone for agent in before]
            assert entries[4][gone[0]]["alive"] == 0
            assert entries[4][gone[0]]["reward/eaten"] == -1
    assert seen[0][0] == ["wolf_0", "sheep_0", "sheep_1"]
    assert sorted({len(agents) for agents, _ in seen}) == [1, 2, 3]
    assert seen[-1][1][3] == {"wolf_0": True}
    assert seen[-1][1][4]["wolf_0"]["score"] == 2
    assert env.reset()[0].keys() == set(env.possible_agents)


def test_who_is_out_when_the_clock_stops_is_terminated_not_truncated(flock):
    right = np.array([1, 0], np.float32)
    env = sandlot.make(flock)
    env.reset(seed=0)
    steps = 0
    while len(env.agents) == 3:
        entries = env.step(dict.fromkeys(env.agents, right))
        steps += 1
    gone = next(agent for agent, out in entries[2].items() if out)
    env = sandlot.make(flock, max_cycles=steps)
    env.reset(seed=0)
    for _ in range(steps):
        *_, terminated, truncated, _ = env.step(dict.fromkeys(env.agents, right))
    assert terminated == {agent: agent == gone for agent in env.possible_agents}
    assert truncated == {agent: agent != gone for agent in env.possible_agents}


def test_a_refused_action_does_not_outlive_its_agent(flock):
    right = np.array([1, 0], np.float32)
    env = sandlot.make(flock)
    env.reset(seed=0)
    while len(env.agents) == 3:
        env.step(dict.fromkeys(env.agents, right))
    gone = next(agent for agent in env.possible_agents if agent not in env.agents)
    blob = env.get_state()
    env.step(dict.fromkeys(env.agents, right))
    expected = env.core.state_hash()
    env.reset(seed=0)
    with pytest.raises(sandlot.ActionError):
        env.step({**dict.fromkeys(env.agents, right), gone: np.full(2, np.nan, np.float32)})
    env.set_state(blob)
    env.step(dict.fromkeys(env.agents, right))
    assert env.core.state_hash() == expected


def test_spaces_have_random_streams_of_their_own():
    one, two = sandlot.make("tag"), sandlot.make("tag")
    for env in (one, two):
        for agent in env.agents or env.possible_agents:
            env.action_space(agent).seed(5)
    one.action_space("chaser_0").sample()
    np.testing.assert_array_equal(one.action_space("chaser_1").sample(), two.action_space("chaser_1").sample())


def test_a_learner_that_leaves_is_terminated(flock):
    env = GameEnv(flock, agent="sheep_0")
    env.reset(seed=0)
    for _ in range(20):
        *_, terminated, truncated, info = env.step(np.zeros(2, np.float32))
        if terminated or truncated:
            break
    assert (terminated, truncated, info["alive"]) == (True, False, 0.0)


# --- a row for each agent -------------------------------------------------------------------------------


def rows_of(source, mode, team):
    if mode == "same_step" and gymnasium.__version__ < "1.4":
        pytest.skip("before 1.4 Gymnasium's statistics left out the first reward of such an episode")
    env = GameVec(2, scenario=source, team=team, rows="agents", autoreset_mode=mode)
    return RecordEpisodeStatistics(env, buffer_length=1000)


def play(env, steps, action):
    """Every step, with resets by hand where there is no autoreset."""
    env.reset(seed=3)
    for _ in range(steps):
        step = env.step(action())
        yield step
        done = step[2] | step[3]
        if env.metadata["autoreset_mode"] is AutoresetMode.DISABLED and done.any():
            env.reset(options={"reset_mask": done})


@pytest.mark.parametrize("mode", ["next_step", "same_step", "disabled"])
def test_a_removed_agent_waits_in_its_row_for_the_end(mode, flock):
    env, action = rows_of(flock, mode, "sheep"), np.zeros((4, 2), np.float32)
    action[2:, 1] = 1  # in one world the sheep are eaten, one after the other; in the other they step aside
    alive, ends = [], []
    for obs, reward, terminated, truncated, info in play(env, 19, lambda: action):
        last = info["final_info"]["alive"] if terminated.any() and mode == "same_step" else info["alive"]
        alive.append(last.tolist())
        ends.append((terminated.tolist(), truncated.tolist()))
        if not last[0] and last[1]:
            assert not obs[0].any()
            assert reward[0] == (-0.5 if alive[-2][0] else 0)  # its last one, then nothing
    assert alive[2:4] == [[1, 1, 1, 1], [0, 1, 1, 1]]  # gone, and its row goes on
    first = next(k for k, (out, _) in enumerate(ends) if any(out))
    assert ends[first] == ([True, True, False, False], [False] * 4)
    assert not any(any(out) or any(late) for out, late in ends[:first])
    np.testing.assert_allclose(env.return_queue, [2.5, 3.5] * 2)  # shared: half of what both are paid
    assert list(env.length_queue) == [first + 1] * 4


def test_who_is_out_when_the_clock_stops_has_a_terminated_row(flock):
    second_away = np.array([[0, 0], [0, 1]] * 2, np.float32)
    *_, (_, _, terminated, truncated, info) = play(rows_of(flock, "next_step", "sheep"), 20, lambda: second_away)
    assert terminated.tolist() == [True, False] * 2
    assert truncated.tolist() == [False, True] * 2
    assert info["alive"].tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("mode", ["next_step", "same_step", "disabled"])
def test_each_rows_episode_counts_once(mode):
    """Dodgeball: players are hit and leave, in both teams; our own sums are those of Gymnasium's wrapper."""
    env, rng = rows_of("dodgeball", mode, "red"), np.random.default_rng(0)
    sums, ours = np.zeros(env.num_envs), []
    for obs, reward, terminated, truncated, info in play(env, 500, lambda: rng.uniform(-1, 1, env.action_space.shape)):
        done = terminated | truncated
        assert (done.reshape(2, -1) == done.reshape(2, -1)[:, :1]).all()  # the rows of a world end together
        assert not (terminated & truncated).any()
        assert mode == "same_step" or not obs[info["alive"] == 0].any()
        sums += reward
        ours += list(sums[done])
        sums[done] = 0
    assert len(ours) >= 2 * env.num_envs
    np.testing.assert_allclose(env.return_queue, ours, rtol=1e-6)


def test_masks_and_seeds_of_rows_are_those_of_worlds():
    env = GameVec(3, scenario="tag", team="chaser", rows="agents", autoreset_mode="disabled")
    obs, _ = env.reset(seed=[5] * 3 + [6] * 3 + [7] * 3)
    np.testing.assert_array_equal(obs, env.reset(seed=5)[0])
    np.testing.assert_array_equal(obs, env.reset(seed=[5, 6, 7])[0])
    env.step(env.action_space.sample())
    mask = np.repeat([False, True, False], 3)
    again, info = env.reset(seed=[None, 6, None], options={"reset_mask": mask})
    np.testing.assert_array_equal(again[mask], obs[mask])
    assert (again[~mask] != obs[~mask]).any()
    np.testing.assert_array_equal(info["_alive"], mask)
    for bad, message in (
        (np.arange(9) == 1, "reset_mask: expected the same for all 3 rows of a world"),
        (np.ones(3, np.bool_), r"reset_mask: expected shape \(9,\), got \(3,\)"),
        (np.zeros(9, np.bool_), "reset_mask: expected at least one True"),
        (np.ones(9), r"mask: expected bool of shape \(3,\), got float64"),
    ):
        with pytest.raises(ValueError, match=f"^{message}"):
            env.reset(options={"reset_mask": bad})
    with pytest.raises(ValueError, match=r"^seed: expected the same for all 3 rows of a world"):
        env.reset(seed=list(range(9)))
    with pytest.raises(ValueError, match=r"^rows: expected team or agents, got 'agent'"):
        GameVec(3, scenario="tag", team="chaser", rows="agent")


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_twins_and_snapshots_run_on(twin_of, flock, no_display):
    env = sandlot.make(flock, render_mode="human")
    right = np.array([1, 0], np.float32)

    def run(one, steps):
        out = []
        for _ in range(steps):
            out.append(repr(one.step(dict.fromkeys(one.agents, right))))
        return out, list(one.agents), one.core.state_hash()

    env.reset(seed=0)
    while len(env.agents) == 3:
        run(env, 1)
    twin, blob = twin_of(env), env.get_state()
    env.close()
    other = sandlot.make(flock)
    other.set_state(blob)
    expected = run(other, 6)
    assert run(twin, 6) == expected
    other.set_state(blob)
    assert run(other, 6) == expected
    with pytest.raises(ValueError, match="expected a snapshot of flock, got 5 bytes"):
        other.set_state(b"other")
    twin.close()
    twin.close()

    learner = GameEnv(flock, team="wolf")
    learner.reset(seed=2)
    learner.step(right)
    twin = twin_of(learner)
    assert repr(twin.step(right)) == repr(learner.step(right))
    aec = twin_of(sandlot.make_aec("tag"))
    aec.reset(seed=1)
    aec.step(aec.action_space(aec.agent_selection).sample())
    twin_of(aec).step(np.zeros(2, np.float32))


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_twins_of_an_aec_env_run_on_from_the_middle_of_a_round(twin_of, quick_windows):
    """With a window open, some agents out, and actions that wait for the others'."""

    def play(aec, turns):
        told = []
        for agent in aec.agent_iter(turns):
            last = aec.last()
            told.append((agent, last))
            team, _, i = agent.rpartition("_")
            wish = aec.unwrapped.core.scripted_actions()[team][0, int(i)]
            aec.step(None if last[2] or last[3] else wish)
        return told

    aec = sandlot.make_aec("dodgeball", render_mode="human")
    aec.reset(seed=1)
    while len(aec.agents) == 6:
        play(aec, 1)
    play(aec, 3)
    twin = twin_of(aec)
    assert repr(play(twin, 40)) == repr(play(aec, 40))
    twin.close()
    aec.close()


# --- bad actions ----------------------------------------------------------------------------------------

FINE = {agent: np.zeros(2, np.float32) for agent in ("chaser_0", "chaser_1", "chaser_2", "runner_0")}
BAD = {
    "list": ([1], "actions: expected a dict of agents (chaser_0, chaser_1, chaser_2, runner_0), got list"),
    "missing": (
        {"chaser_0": FINE["chaser_0"]},
        "actions: nothing for 'chaser_1'; expected chaser_0, chaser_1, chaser_2, runner_0",
    ),
    "unknown": (
        {**FINE, "runner_1": FINE["runner_0"]},
        "actions: no agent 'runner_1' (did you mean \"runner_0\"?)",
    ),
    "shape": (
        {**FINE, "runner_0": np.zeros((1, 2), np.float32)},
        "action of 'runner_0': expected shape (2,), got (1, 2)",
    ),
    "scalar": ({**FINE, "runner_0": 1.0}, "action of 'runner_0': expected shape (2,), got ()"),
    "none": ({**FINE, "runner_0": None}, "action of 'runner_0': expected numbers, got object"),
    "text": ({**FINE, "runner_0": "ab"}, "action of 'runner_0': expected numbers, got <U2"),
    "nan": (
        {**FINE, "chaser_2": np.array([0, np.nan], np.float32)},
        "action of 'chaser_2': expected numbers from -1 to 1, got nan at index 1",
    ),
    "inf": (
        {**FINE, "chaser_2": np.array([np.inf, 0], np.float32)},
        "action of 'chaser_2': expected numbers from -1 to 1, got inf at index 0",
    ),
    "range": (
        {**FINE, "runner_0": [0, -1.01]},
        "action of 'runner_0': expected numbers from -1 to 1, got -1.01 at index 1",
    ),
    "range32": (
        {**FINE, "runner_0": np.array([0, 2], np.float32)},
        "action of 'runner_0': expected numbers from -1 to 1, got 2.0 at index 1",
    ),
    "beyond_float32": (
        {**FINE, "runner_0": [0, 1e300]},
        "action of 'runner_0': expected numbers from -1 to 1, got 1e+300 at index 1",
    ),
}
BAD_CHOICES = {
    "range": (9, "action of 'runner_0': expected 0 to 8, got 9"),
    "negative": (np.int64(-1), "action of 'runner_0': expected 0 to 8, got -1"),
    "fraction": (0.5, "action of 'runner_0': expected whole numbers, got 0.5"),
    "nan": (float("nan"), "action of 'runner_0': expected whole numbers, got nan"),
    "shape": ([1], "action of 'runner_0': expected shape (), got (1,)"),
}


@pytest.mark.parametrize("case", [*BAD, *(f"discrete_{case}" for case in BAD_CHOICES)])
def test_bad_actions_name_the_agent_and_change_nothing(case):
    kind = "discrete" if case.startswith("discrete_") else "continuous"
    actions, message = (
        BAD[case] if kind == "continuous" else ({**dict.fromkeys(FINE, 0), "runner_0": BAD_CHOICES[case[9:]][0]}, BAD_CHOICES[case[9:]][1])
    )
    env = sandlot.make("tag", actions=kind)
    with pytest.raises(RuntimeError, match=r"^call reset before step$"):
        env.step(FINE)
    env.reset(seed=0)
    before = env.core.state_hash()
    with pytest.raises(sandlot.ActionError, match=f"^{re.escape(message)}$"):
        env.step(actions)
    assert env.core.state_hash() == before
    assert env.agents == env.possible_agents
    env.step(FINE if kind == "continuous" else dict.fromkeys(FINE, 1))
    assert env.core.state_hash() != before


@pytest.mark.parametrize("value", [[0.0], [0.0, np.nan], [0.0, 1.5], "ab", None])
def test_bad_learner_actions(value):
    env = GameEnv("tag", team="runner", others="random")
    env.reset(seed=0)
    before, chance = env.core.state_hash(), env.np_random.bit_generator.state
    with pytest.raises(sandlot.ActionError, match=r"^actions of 'runner': expected "):
        env.step(value)
    assert env.core.state_hash() == before
    assert env.np_random.bit_generator.state == chance


def test_max_cycles_and_the_end():
    env = sandlot.make("tag", max_cycles=2)
    env.reset(seed=0)
    env.step(FINE)
    *_, terminated, truncated, _ = env.step(FINE)
    assert (set(terminated.values()), set(truncated.values()), env.agents) == ({False}, {True}, [])
    with pytest.raises(RuntimeError, match=r"^the episode is over: call reset$"):
        env.step(FINE)
    with pytest.raises(KeyError, match=r"did you mean .*runner_0"):
        env.action_space("runner_7")


@pytest.mark.parametrize("door", [lambda: sandlot.make("tag"), lambda: GameEnv("tag", team="runner")])
def test_what_was_returned_stays_as_it_was(door):
    env = door()
    kept = [env.reset(seed=0)]
    for _ in range(3):
        kept.append(env.step(FINE if isinstance(env, ParallelEnv) else np.ones(2, np.float32)))
    before = repr(kept)
    env.step(FINE if isinstance(env, ParallelEnv) else np.ones(2, np.float32))
    env.reset()
    assert repr(kept) == before
    observation = kept[-1][0]
    (observation["runner_0"] if isinstance(observation, dict) else observation)[:] = 7
    assert env.core.state().max() <= 1


@pytest.mark.parametrize("name", sandlot.names())
def test_a_game_may_be_its_json(name):
    scenario = sandlot.load(name)
    again = resolve(game_of(scenario), {})
    assert scenario_hash(again) == scenario_hash(scenario)
    assert game_of(again) == game_of(scenario)


def test_a_game_may_be_a_dict():
    game = {"format": "sandlot/1", "name": "more", "extends": "tag", "params": {"chasers": 5}}
    assert len(sandlot.make(game).possible_agents) == 6
    assert GameEnv(game, team="chaser", chasers=2).observation_space.shape[0] == 2
    with pytest.raises(sandlot.ScenarioError, match=r"<dict>:2:13 \$.format"):
        sandlot.make({"format": "sandlot/9"})


def test_random_policy_fills_every_space():
    rng, spaces = np.random.default_rng(0), gymnasium.spaces
    every = [(spaces.Box(-1, 1, (2,)), 1), (spaces.Discrete(3), 2), (spaces.MultiDiscrete([2, 3]), [1, 2])]
    for space, greatest in every:
        actions = RandomPolicy(space).act(np.zeros((500, 4)), np.ones(500, np.bool_), rng)
        assert len(actions) == 500
        assert all(action in space for action in actions)
        np.testing.assert_allclose(actions.max(0), greatest, atol=0.05)
        np.testing.assert_allclose(actions.min(0), -1 if space.dtype == np.float32 else 0, atol=0.05)
    with pytest.raises(TypeError, match="space: expected Box, Discrete or MultiDiscrete, got Text"):
        RandomPolicy(spaces.Text(3))


# --- makers -----------------------------------------------------------------------------------------------

MAKERS = [getattr(sandlot, name) for name in sandlot.__all__ if name == "make" or name.startswith("make_")]


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_help_shows_every_argument(maker):
    """As it is, before any framework is imported: names, defaults, and what they mean."""
    shown = inspect.signature(maker).parameters
    assert next(iter(shown)) == "source"
    assert list(shown)[-1] == "params"
    documented = sandlot.make if maker is sandlot.make_aec else sandlot.VectorEnv if maker is sandlot.make_vec else maker
    text = inspect.getdoc(documented).partition("Args:")[2]
    assert [
        name
        for name in shown
        if f"{name}:" not in text and (name, maker) not in {("source", sandlot.make_vec), ("params", sandlot.make_vec)}
    ] == []


def test_two_public_signatures_are_alike():
    """`VectorEnv` takes a scenario, `make_vec` what makes one; the rest is the same."""
    ours, core = (list(inspect.signature(one).parameters.values())[1:] for one in (sandlot.make_vec, sandlot.VectorEnv))
    assert [(one.name, one.kind, one.default) for one in ours[:-1]] == [(one.name, one.kind, one.default) for one in core]
    assert inspect.signature(sandlot.make_aec).parameters == inspect.signature(sandlot.make).parameters
