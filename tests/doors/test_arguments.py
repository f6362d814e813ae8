"""What makers, `reset` and questions are given: one clear error for what is none, at every door, and nothing changes by it."""

import json
import threading

import gymnasium
import numpy as np
import pytest
from flock import FLOCK
from scenes import few

import sandlot
from sandlot.envs.core.actions import ActionError
from sandlot.envs.doors.gymnasium import GameEnv, GameVec
from sandlot.scenarios import loads

DOORS = {
    "core": lambda **more: sandlot.make_vec("tag", 2, **more),
    "pettingzoo": lambda **more: sandlot.make("tag", **more),
    "gymnasium": lambda **more: GameEnv("tag", team="runner", **more),
    "gymnasium_vec": lambda **more: GameVec(2, scenario="tag", team="runner", **more),
    "agents": lambda **more: GameVec(2, scenario="tag", team="chaser", rows="agents", **more),
}
NO_SEEDS = [
    "5",
    "31",
    3.0,
    3.9,
    np.float64(3),
    -1,
    np.int64(-1),
    True,
    np.bool_(True),
    {1, 2},
    {1: 2},
    b"12",
    1 << 64,
    1j,
    object(),
    np.array(3),
    np.ones((2, 2), int),
]
NO_LISTS = [[3.9, 1.2], ["3", "1"], [1, -1], [True, False], [1], [1, 2, 3, 4], np.array([1.0, 2.0]), [1 << 64, 0], [[1], [2]]]


def core_of(env):
    return getattr(env, "core", env)


@pytest.mark.parametrize("door", DOORS)
def test_seeds_that_are_none(door):
    """Refused by every door in the same words; the next episode is the one that would have come, of policies that draw too."""
    many = door in ("core", "gymnasium_vec", "agents")
    env, twin = DOORS[door](), DOORS[door]()
    env.reset(seed=4)
    twin.reset(seed=4)
    for bad in [*NO_SEEDS, *(NO_LISTS if many else [[1], [1, 2]])]:
        with pytest.raises(ValueError, match=r"^seed"):
            env.reset(seed=bad)
        assert core_of(env).get_state() == core_of(twin).get_state()
        for one, two in zip(core_of(env).seen(), core_of(twin).seen(), strict=True):
            assert {team: values.tobytes() for team, values in one.items()} == {team: values.tobytes() for team, values in two.items()}
    env.reset()
    twin.reset()
    assert core_of(env).get_state() == core_of(twin).get_state()


@pytest.mark.parametrize("door", DOORS)
def test_seeds_of_any_kind_are_the_same_seeds(door):
    env, twin = DOORS[door](), DOORS[door]()
    env.reset(seed=7)
    for same in (np.int64(7), np.uint8(7), *([[7, 8], (7, 8), range(7, 9), np.array([7, 8])] if core_of(env).num_envs > 1 else [])):
        twin.reset(seed=same)
        assert core_of(env).get_state() == core_of(twin).get_state()
    env.reset(seed=(1 << 64) - core_of(env).num_envs)


def episodes(env, seed, others_act, count=3, steps=12):
    """Some episodes' observations: the first with a seed, the rest without."""
    told = []
    for k in range(count):
        seen = env.reset(seed=seed if k == 0 else None)[0]
        for _ in range(steps):
            told.append(seen.tobytes() if isinstance(seen, np.ndarray) else repr({name: one.tobytes() for name, one in seen.items()}))
            seen = env.step(others_act(env))[0]
    return told


@pytest.mark.parametrize("door", ["gymnasium", "gymnasium_vec", "agents"])
def test_chance_of_the_others_comes_with_the_seed(door):
    """With `others="random"` too, equal seeds are equal episodes, and so are the ones after them: in a used environment, given as a number or as a list."""
    still = lambda env: np.zeros(env.action_space.shape, np.float32)  # noqa: E731
    env = DOORS[door](others="random")
    first = episodes(env, 5, still)
    assert episodes(env, 5, still) == first
    assert episodes(DOORS[door](others="random"), np.int64(5), still) == first
    assert episodes(env, 6, still) != first
    if door != "gymnasium":
        assert episodes(env, [5, 6], still) == first
        assert episodes(env, np.array([5, 6]), still) == first
        if door == "agents":
            assert episodes(env, np.repeat([5, 6], 3), still) == first


def test_one_world_begun_anew_leaves_the_others_chance_alone():
    """A seed for some worlds doesn't turn back the stream that all worlds' policies draw from."""
    told = []
    for seed in (None, [None, 5]):
        env = GameVec(2, scenario="tag", team="runner", others="random")
        env.reset(seed=1)
        env.reset(seed=seed, options={"reset_mask": np.array([False, True])})
        told.append([env.step(np.zeros((2, 2), np.float32))[0][0].tobytes() for _ in range(5)])
    assert told[0] == told[1]


# --- after how many decisions an episode is cut -------------------------------------------------------------------------------------------------

ENDLESS = {
    "format": "sandlot/1",
    "name": "dot",
    "teams": {"a": {"count": 2, "drive": {"type": "thrust"}, "place": {"in": "world"}, "sees": ["self"]}},
    "rewards": {"a": {"x": "= self.x"}},
}
MAKERS = {
    "make": sandlot.make,
    "make_aec": sandlot.make_aec,
    "make_vec": sandlot.make_vec,
    "GameEnv": lambda source, **more: GameEnv(source, team="a", **more),
    "GameVec": lambda source, **more: GameVec(2, scenario=source, team="a", **more),
    "gymnasium.make": lambda source, **more: gymnasium.make("sandlot/Scenario-v0", scenario=source, team="a", **more),
    "gymnasium.make_vec": lambda source, **more: gymnasium.make_vec("sandlot/Scenario-v0", num_envs=2, scenario=source, team="a", **more),
}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("word", ["max_cycles", "max_episode_steps"])
def test_cycles_that_are_none(maker, word):
    if (maker, word) == ("gymnasium.make", "max_episode_steps"):
        pytest.skip("Gymnasium's own")
    for bad in (0, -1, 2.5, 3.0, "3", True, np.float32(3), [3]):
        with pytest.raises(ValueError, match=rf"^{word}: expected a whole number from 1, got "):
            MAKERS[maker](ENDLESS, **{word: bad})
    if maker != "gymnasium.make":
        with pytest.raises(ValueError, match="two words for one thing"):
            MAKERS[maker](ENDLESS, max_cycles=3, max_episode_steps=3)


@pytest.mark.parametrize("word", ["max_cycles", "max_episode_steps"])
@pytest.mark.parametrize("mode", ["next_step", "same_step", "disabled"])
def test_episodes_are_cut_in_the_core(mode, word):
    """Every `max_cycles`-th decision is truncated and not terminated, in every autoreset mode, also after a snapshot and a copy."""
    env = sandlot.make_vec(ENDLESS, 17, autoreset=mode, **{word: np.int64(4)})
    assert env.max_cycles == 4
    env.reset(seed=0)
    still, cut = {"a": np.zeros((17, 2, 2), np.float32)}, []
    for t in range(12):
        if t == 6:
            env.set_state(env.get_state())
        _, _, terminated, truncated, _ = env.step(still)
        assert not terminated.any()
        assert truncated.all() == truncated.any()
        cut.append(bool(truncated[0]))
        if mode == "disabled" and cut[-1]:
            env.reset(mask=truncated)
    length = 5 if mode == "next_step" else 4
    assert [t for t, was in enumerate(cut) if was] == list(range(3, 12, length))


def test_the_first_of_two_clocks_cuts():
    for seconds, cycles, expected in ((2, 7, 7), (0.5, 7, 5), (None, 7, 7)):
        game = ENDLESS | ({"end": {"time": seconds}} if seconds else {})
        env = sandlot.make_vec(game, max_cycles=cycles)
        env.reset(seed=0)
        lengths = [env.step({"a": np.zeros((1, 2, 2), np.float32)})[3][0] for _ in range(8)].index(True) + 1
        assert lengths == expected
        zoo = sandlot.make(game, max_cycles=cycles)
        zoo.reset(seed=0)
        count = 0
        while zoo.agents:
            zoo.step({name: np.zeros(2, np.float32) for name in zoo.agents})
            count += 1
        assert count == expected
    assert (sandlot.make_vec(ENDLESS, max_cycles=3).state_space, sandlot.make_vec(ENDLESS).state_space) == (
        env.state_space,
        env.state_space,
    )


# --- worlds and teams ---------------------------------------------------------------------------------------------------------------------------


def test_worlds_by_number_or_mask():
    env = sandlot.make_vec("tag", 4)
    env.reset(seed=0)
    mask = np.array([False, True, False, True])
    assert env.get_state(mask) == env.get_state([1, 3]) == env.get_state(np.array([1, 3], np.uint8)) == env.get_state(mask.tolist())
    assert env.get_state(2) == env.get_state([2])
    assert env.get_state(~np.ones(4, np.bool_)) == env.get_state([]) == env.get_state(np.zeros(0, np.int64))
    np.testing.assert_array_equal(env.observe(mask)["runner"], env.observe([1, 3])["runner"])
    env.set_state(env.get_state([0]), mask)
    assert env.state_hash(0) == env.state_hash(1) == env.state_hash(3) != env.state_hash(2)
    before = env.get_state()
    for bad in (
        [1.0],
        [0.5],
        np.array([1.0, 0.0, 1.0, 0.0]),
        np.ones(3, np.bool_),
        [[1, 2]],
        "12",
        ["1"],
        [None],
        {1},
        np.ones((2, 2), np.bool_),
        True,
    ):
        for call in (env.get_state, env.observe, lambda lanes: env.set_state(env.get_state([0]), lanes)):
            with pytest.raises(ValueError, match=r"^lanes: expected numbers of worlds"):
                call(bad)
    for bad in ([4], [-1], -1, np.int64(4), [0, 1 << 40], np.array([1 << 63], np.uint64)):
        for call in (env.get_state, env.observe, lambda lanes: env.set_state(env.get_state([0]), lanes)):
            with pytest.raises(IndexError, match=r"^lanes: expected worlds from 0 to 3, got "):
                call(bad)
    with pytest.raises(ValueError, match="each world once"):
        env.set_state(env.get_state([0]), [1, 1])
    assert env.get_state() == before


def test_one_world_by_number():
    env = sandlot.make_vec("tag", 4, render_mode="rgb_array")
    env.reset(seed=0)
    for ask in (env.render, env.scene, env.frame, env.state_hash):
        for bad in (-1, 4, 9, np.int64(-1)):
            with pytest.raises(IndexError, match=rf"^lane: expected a world from 0 to 3, got {bad}"):
                ask(bad)
        for bad in ("1", 1.0, None, True, [1]):
            with pytest.raises(ValueError, match=r"^lane: expected a world from 0 to 3, got "):
                ask(bad)
        ask(np.int64(3))


def test_teams_as_one_word():
    env = sandlot.make_vec("dodgeball", actions="discrete")
    env.reset(seed=0)
    for ask in (env.scripted_actions, env.action_masks):
        assert list(ask("red")) == list(ask(["red"])) == ["red"]
        for bad in (3, b"red", {"red": 1}, 1.5):
            with pytest.raises(ValueError, match="expected names of teams"):
                ask(bad)
        with pytest.raises(KeyError, match="did you mean"):
            ask("rad")
    for none in (None, (), []):
        assert sandlot.make_vec("tag", scripted=none).scripted == ()
    assert sandlot.make_vec("tag", scripted="runner").scripted == ("runner",)


def test_counts_that_are_none():
    for word in ("num_envs", "threads"):
        for bad in (0, -1, 2.0, "2", True):
            with pytest.raises(ValueError, match=rf"^{word}: expected a whole number from 1"):
                sandlot.make_vec("tag", **{"num_envs": 2} | {word: bad})
    assert sandlot.make_vec("tag", np.int64(3)).num_envs == 3


QUESTIONS = {
    "step": lambda v: v.step({}), "advance": lambda v: v.advance(), "scripted_actions": lambda v: v.scripted_actions(), "action_masks": lambda v: v.action_masks(),
    "state": lambda v: v.state(), "get_state": lambda v: v.get_state(), "state_hash": lambda v: v.state_hash(), "scores": lambda v: v.scores(), "frame": lambda v: v.frame(),
    "scene": lambda v: v.scene(), "render": lambda v: v.render(), "secrets": lambda v: v.secrets(), "params": lambda v: v.params(), "seen": lambda v: v.seen(),
    "buffers": lambda v: v.buffers,
}  # fmt: skip


@pytest.mark.parametrize("what", QUESTIONS)
def test_questions_before_the_first_reset(what):
    env = sandlot.make_vec("tell_and_push", 2, render_mode="rgb_array")
    with pytest.raises(RuntimeError, match=f"^call reset before {what}$"):
        QUESTIONS[what](env)
    twin = sandlot.make_vec("tell_and_push", 2)
    twin.reset(seed=0)
    env.set_state(twin.get_state())  # is as good as a reset
    if what != "step":
        QUESTIONS[what](env)


# --- options for each world ---------------------------------------------------------------------------------------------------------------------

VARIED = {"vary": {"heavy": {"uniform": [1, 4]}, "slow": {"uniform": [0.25, 1]}}}
LIFT = {
    "format": "sandlot/1",
    "name": "lift",
    "params": {"heavy": {"default": 1.0, "min": 0.5, "max": 4}, "slow": {"default": 1.0, "min": 0.1, "max": 1}},
    "teams": {"a": {"count": 2, "drive": {"type": "thrust"}, "mass": "$heavy", "place": {"in": "world"}, "sees": ["self"]}},
    "rewards": {"a": {"x": "= heavy * slow"}},
    "end": {"time": 1},
}


def lift():
    return loads(json.dumps(LIFT), **VARIED)


def test_options_for_each_world():
    """A list of options gives each world its own: values for different params, None (drawn again) or nothing."""
    env, plain = sandlot.make_vec(lift(), 4), sandlot.make_vec(lift(), 4)
    plain.reset(seed=0)
    drawn = plain.params()
    env.reset(seed=0, options=[{"params": {"heavy": 3}}, None, {"params": {"slow": 0.25, "heavy": 2.5}}, {"params": {"slow": None}}])
    now = env.params()
    assert now["heavy"].tolist() == [3, drawn["heavy"][1], 2.5, drawn["heavy"][3]]
    assert now["slow"].tolist() == [drawn["slow"][0], drawn["slow"][1], 0.25, drawn["slow"][3]]
    env.reset(options=[{}, {}, {"params": {"heavy": None}}, {}])  # what was given stays until it is taken back
    plain.reset()
    assert env.params()["heavy"].tolist() == [3, *plain.params()["heavy"][1:]]
    assert env.params()["slow"][2] == 0.25
    env.set_params(heavy=[None, 1.5, None, 1.75])
    env.reset()
    plain.reset()
    assert env.params()["heavy"].tolist() == [plain.params()["heavy"][0], 1.5, plain.params()["heavy"][2], 1.75]
    before = env.get_state()
    for bad, message in (
        ([{}] * 3, "expected a dict, or a list of 4"), ("abcd", "expected a dict"), ([1] * 4, "expected a dict"), ([{"params": 3}] + [{}] * 3, "expected a dict of names"),
        ([{"params": {"heavy": 9}}] + [{}] * 3, "from 1 to 4, got 9 for world 0"), ([{"params": {"heavi": 1}}] + [{}] * 3, 'no "heavi"'),
        ([{"params": {"heavy": "3"}}] + [{}] * 3, "expected a number"), ([{"reset_mask": np.ones(4, np.bool_)}] * 4, "reset_mask is of all worlds"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            env.reset(options=bad)
        assert env.get_state() == before


def test_options_for_each_row_of_gymnasiums_doors():
    rows = [{"params": {"heavy": 3}}, {"params": {"slow": 0.25}}]
    for each, options in ((1, rows), (2, [rows[0], rows[0], rows[1], rows[1]]), (2, rows)):
        env = GameVec(2, scenario=lift(), team="a", rows="team" if each == 1 else "agents")
        env.reset(seed=0, options=options)
        assert (env.core.params()["heavy"] == 3).tolist() == [True, False]
        assert (env.core.params()["slow"] == 0.25).tolist() == [False, True]
    with pytest.raises(ValueError, match="the same for all 2 rows of a world"):
        env.reset(options=[rows[0], rows[1], rows[1], rows[1]])
    one = GameEnv(lift(), team="a")
    one.reset(options=[{"params": {"heavy": 3}}])
    assert one.core.params()["heavy"].tolist() == [3]


# --- actions ------------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["continuous", "discrete"])
@pytest.mark.parametrize("door", DOORS)
def test_actions_from_the_edges_of_integers(door, kind):
    """The least integer has no absolute value; the greatest are no float32. An ActionError with its place, and the world is as before."""
    env = DOORS[door](actions=kind)
    env.reset(seed=0)
    core = core_of(env)
    before = core.state_hash()
    for dtype, value in (
        (np.int64, -(2**63)),
        (np.int64, 2**63 - 1),
        (np.uint64, 2**64 - 1),
        (np.int32, -(2**31)),
        (np.float64, 1e300),
        (np.float16, np.inf),
        (np.float32, np.nan),
    ):
        if door in ("core", "pettingzoo"):
            good = core.scripted_actions() if door == "core" else {name: env.action_space(name).sample() for name in env.agents}
            bad = {name: np.full(np.shape(values), value, dtype) for name, values in good.items()}
        else:
            bad = np.full(env.action_space.shape, value, dtype)
        with pytest.raises(ActionError, match=r"expected (numbers from -1 to 1|0 to \d+|whole numbers)"):
            env.step(bad)
        assert core.state_hash() == before


def test_refused_actions_stay_out_of_the_buffer():
    """What `arrays` shares with a trainer is as before, and so is what the scripts and `advance` would do."""
    env = sandlot.make_vec("tag", 20, copy=False)
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    good = {team: rng.uniform(-1, 1, values.shape).astype(np.float32) for team, values in env.scripted_actions().items()}
    env.step(good)
    kept = env.action_buffer.copy()
    for team in env.teams:
        for value in (2, np.nan, -np.inf):
            bad = {name: values.copy() for name, values in good.items()}
            bad[team][-1, -1, -1] = value
            with pytest.raises(ActionError):
                env.step(bad)
            np.testing.assert_array_equal(env.action_buffer, kept)


def test_refused_actions_move_no_policy_beside_the_learner():
    told = []
    for refuse in (False, True):
        env = GameEnv(loads(FLOCK), agent="sheep_0", others="random")
        env.reset(seed=0)
        if refuse:
            with pytest.raises(ActionError):
                env.step(np.full(2, 7.0))
        told.append([env.step(np.zeros(2, np.float32))[0].tobytes() for _ in range(6)])
    assert told[0] == told[1]


# --- threads ------------------------------------------------------------------------------------------------------------------------------------


def test_one_thread_at_a_time():
    """Three threads on one environment: who comes second is refused, and nothing is read or written twice."""
    env = sandlot.make_vec("swarm", 64, **few("swarm"))
    env.reset(seed=0)
    actions, said = env.scripted_actions(), []
    start = threading.Barrier(3)

    def play():
        start.wait()
        for _ in range(20):
            try:
                env.step(actions)
            except RuntimeError as error:
                said.append(str(error))
            else:
                said.append("")

    threads = [threading.Thread(target=play) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps = said.count("")
    assert steps < 60
    assert {one for one in said if one} == {
        "another thread's call of this environment is under way: give each thread one of its own, or let them wait for each other"
    }
    twin = sandlot.make_vec("swarm", 64, **few("swarm"))
    twin.reset(seed=0)
    for _ in range(steps):
        twin.step(actions)
    assert env.get_state() == twin.get_state()
    thread = threading.Thread(target=lambda: said.append(env.step(actions)))  # another thread may, when nobody else is at it
    thread.start()
    thread.join()
    assert not isinstance(said[-1], str)
