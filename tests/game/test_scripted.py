"""Teams that the scenario's baseline plays inside the step: bit for bit what giving their scripted actions would do."""

import copy
import json
import pickle
import re

import numpy as np
import pytest
from scenes import few
from stepping import MODES, NAMES, hashes, sampled

import sandlot
from sandlot.envs.doors.gymnasium import GameEnv, GameVec
from sandlot.scenarios import loads


def same(one, two):
    """Compare two results of `reset` or `step`, whole."""
    assert type(one) is type(two)
    if isinstance(one, dict):
        assert list(one) == list(two)
        one, two = one.values(), two.values()
    elif not isinstance(one, tuple):
        return np.testing.assert_array_equal(one, two, strict=True)
    for a, b in zip(one, two, strict=True):
        same(a, b)
    return None


def play(name, scripted, mode, kind="continuous", worlds=3, steps=None, **options):
    """Play an env with scripted teams and one that is given their actions, side by side, past the end of an episode."""
    ours = sandlot.make_vec(name, worlds, autoreset=mode, actions=kind, scripted=scripted, **options)
    theirs = sandlot.make_vec(name, worlds, autoreset=mode, actions=kind, **options)
    rng, ended = np.random.default_rng(1), 0
    same(ours.reset(seed=8), theirs.reset(seed=8))
    for _ in range(steps or int((ours.scenario.end.time or 20) / ours.dt) + 20):
        given = {team: actions for team, actions in sampled(theirs, rng).items() if team not in scripted}
        result = ours.step(given)
        same(result, theirs.step(given | theirs.scripted_actions(scripted)))
        over = result[2] | result[3]
        ended += over.sum()
        if mode == "disabled" and over.any():
            same(ours.reset(mask=over), theirs.reset(mask=over))
    assert hashes(ours) == hashes(theirs)
    return ended


@pytest.mark.parametrize("name", NAMES)
def test_scripted_teams_do_what_they_would_be_told(name):
    teams = sandlot.make_vec(name).teams
    for kind in ("continuous", "discrete"):
        for scripted in ([team] for team in teams):
            play(name, scripted, "next_step", kind, steps=40, **few(name))
        play(name, teams, "next_step", kind, steps=40, **few(name))


@pytest.mark.parametrize(
    ("name", "kind", "mode"),
    [
        *(("spread", kind, mode) for kind in ("continuous", "discrete") for mode in MODES),
        ("tag", "continuous", "next_step"),
        ("jumpers", "discrete", "same_step"),
    ],
)
def test_over_the_end_of_an_episode(name, kind, mode):
    assert play(name, sandlot.make_vec(name).teams[:1], mode, kind, worlds=18, threads=2) > 0


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["continuous", "discrete"])
@pytest.mark.parametrize("name", NAMES)
def test_all_games_in_all_modes_over_the_end(name, kind, mode):
    teams = sandlot.make_vec(name).teams
    assert play(name, teams[-1:], mode, kind, worlds=20, threads=2, **few(name)) > 0
    assert play(name, teams, mode, kind, worlds=2, **few(name)) > 0


def test_every_step_is_played_by_those_that_are_scripted_then():
    """Who is scripted may change in the middle of an episode."""
    one, two = (sandlot.make_vec("tag", 3) for _ in range(2))
    one.reset(seed=1)
    two.reset(seed=1)
    for teams in ((), ("runner",), ("chaser", "runner"), ("chaser",), ()):
        one.script(teams)
        assert one.scripted == teams
        for _ in range(5):
            wishes = two.scripted_actions()
            same(one.step({team: wish for team, wish in wishes.items() if team not in teams}), two.step(wishes))


def test_a_scripted_team_alone_draws_from_its_world():
    game = {
        "format": "sandlot/1",
        "name": "dice",
        "world": {"size": [9, 9]},
        "teams": {
            team: {"at": [x, 0], "radius": 0.3, "drive": {"type": "walk", "top_speed": 1}} for team, x in (("left", -2), ("right", 2))
        },
        "baseline": {team: {"move": "= vec(random() - 0.5, random() - 0.5)"} for team in ("left", "right")},
    }
    one, two, three = (sandlot.make_vec(loads(json.dumps(game)), 17) for _ in range(3))
    for env in (one, two, three):
        env.reset(seed=2)
    still = np.zeros((17, 1, 2), np.float32)
    one.script("right")
    for _ in range(5):
        same(one.step({"left": still}), two.step({"left": still} | two.scripted_actions(["right"])))
        three.step({"left": still, "right": three.scripted_actions()["right"]})  # who is asked, too, draws first
    assert hashes(one) == hashes(two) != hashes(three)


# --- choices --------------------------------------------------------------------------------------------

DIRECTIONS = np.array([[0, 0], *([np.cos(k * np.pi / 4), np.sin(k * np.pi / 4)] for k in range(8))], np.float32)
DICE = "floor(random() * 9) / 4 - 1"  # -1, -0.75 ... 1: with every tie there is
ROLL, VECTOR = f"= {DICE}", f"= vec({DICE}, {DICE})"
SHOOT = {"projectile": "ball", "pool": 2, "speed": 1, "cooldown": 0.1, "lifetime": 1}
ARMED = {
    "walk": ({"drive": {"type": "walk"}}, {"move": VECTOR}),
    "thrust": ({"drive": {"type": "thrust", "discrete": 5}}, {"move": VECTOR}),
    "tank": ({"drive": {"type": "tank"}}, {"forward": ROLL, "turn": ROLL}),
    "car": ({"drive": {"type": "car"}}, {"throttle": ROLL, "steer": ROLL}),
    "rocket": ({"drive": {"type": "rocket"}}, {"throttle": ROLL, "turn": ROLL}),
    "jump": ({"drive": {"type": "jump"}}, {"move": ROLL, "jump": ROLL}),
    "gun": ({"shoot": SHOOT}, {"fire": ROLL}),
    "turret": ({"drive": {"type": "walk"}, "shoot": SHOOT | {"aim": "free"}}, {"move": VECTOR, "fire": ROLL, "aim": VECTOR}),
    "hands": ({"hands": {"grabs": ["box"], "lock": True}}, {"grab": ROLL, "lock": ROLL}),
    "fist": (
        {"drive": {"type": "tank"}, "hands": {"grabs": ["box"]}, "says": {"symbols": 3}},
        {"forward": ROLL, "turn": ROLL, "grab": ROLL, "say": "= floor(random() * 3)"},
    ),
    "mute": ({"drive": {"type": "walk"}, "says": {"symbols": 4}}, {"move": VECTOR}),  # no formula for speech
    "motor": ({"count": 1, "drive": {"type": "motor", "joints": ["hip", "knee"]}}, {"hip": ROLL, "knee": ROLL}),
    "none": ({}, {}),
}


def nearest(wish, options):
    """Number of the nearest direction, the first of equally near ones."""
    return ((wish[..., None, :] - options) ** 2).sum(-1).argmin(-1)


def thirds(wish):
    return np.rint(wish).astype(np.int64) + 1


def by_hand(team, wish):
    """Continuous wishes to choices, in NumPy: [E, A, K] to [E, A] or [E, A, n]."""
    if team == "walk":
        return nearest(wish, DIRECTIONS)
    if team == "thrust":
        return nearest(wish, DIRECTIONS[[0, 1, 3, 5, 7]])
    if team in ("tank", "car"):
        return 3 * thirds(wish[..., 0]) + thirds(wish[..., 1])
    if team == "rocket":
        return 3 * (wish[..., 0] > 0) + thirds(wish[..., 1])
    if team == "jump":
        return 3 * (wish[..., 1] > 0) + thirds(wish[..., 0])
    if team == "gun":
        return (wish[..., 0] > 0).astype(np.int64)
    if team == "turret":
        aim = nearest(wish[..., 3:], DIRECTIONS[1:]) + 1
        return np.stack([nearest(wish[..., :2], DIRECTIONS), np.where(wish[..., 2] > 0, aim, 0)], -1)
    if team == "hands":
        lock = np.where(wish[..., 1] > 0.5, 1, np.where(wish[..., 1] < -0.5, 2, 0))
        return np.stack([wish[..., 0] > 0, lock], -1).astype(np.int64)
    if team == "fist":
        return np.stack([3 * thirds(wish[..., 0]) + thirds(wish[..., 1]), wish[..., 2] > 0, wish[..., 3:].argmax(-1)], -1)
    if team == "mute":
        return np.stack([nearest(wish[..., :2], DIRECTIONS), wish[..., 2:].argmax(-1)], -1)
    if team == "motor":
        return thirds(wish)
    return np.zeros(wish.shape[:2], np.int64)


def test_choices_follow_from_wishes():
    body = {"count": 2, "radius": 0.2, "place": {"in": "world"}}
    game = {
        "format": "sandlot/1", "name": "zoo", "world": {"size": [40, 40], "gravity": [0, -9.8]},
        "things": {"ball": {"radius": 0.1}, "box": {"at": [0, 0], "shape": "box", "size": [1, 1], "body": "dynamic"},
                   "thigh": {"at": [0, 5], "radius": 0.2, "body": "dynamic"}, "shin": {"at": [0, 4], "radius": 0.2, "body": "dynamic"}},
        "joints": {name: {"type": "pin", "between": ["world", part], "motor": {"speed_deg_per_s": 90, "max_torque": 1}}
                   for name, part in (("hip", "thigh"), ("knee", "shin"))},
        "teams": {name: body | team for name, (team, _) in ARMED.items()},
        "baseline": {name: formulas for name, (_, formulas) in ARMED.items() if formulas},
    }  # fmt: skip
    scenario = loads(json.dumps(game))
    numbers, choices = (sandlot.make_vec(scenario, 40, actions=kind) for kind in ("continuous", "discrete"))
    seen = {team: set() for team in ARMED}
    for seed in range(0, 1200, 40):
        numbers.reset(seed=seed)
        choices.reset(seed=seed)
        wishes, chosen = numbers.scripted_actions(), choices.scripted_actions()
        for team in ARMED:
            expected = by_hand(team, wishes[team])
            np.testing.assert_array_equal(chosen[team], expected, err_msg=team)
            assert chosen[team].dtype == np.int64
            seen[team] |= {tuple(np.atleast_1d(choice)) for choice in expected.reshape(-1, *expected.shape[2:])}
    for team, found in seen.items():
        if team not in ("mute", "none"):
            space = choices.action_space(team)
            assert len(found) == np.prod(getattr(space, "nvec", getattr(space, "n", None))), team


# --- what it refuses, what keeps it, who uses it --------------------------------------------------------


def test_refusals():
    with pytest.raises(ValueError, match=re.escape("scripted: no team 'runer' (did you mean \"runner\"?); there is chaser, runner")):
        sandlot.make_vec("tag", scripted=("runer",))
    env = sandlot.make_vec("tag", 2, scripted=("runner",))
    env.reset(seed=0)
    move, before = {"chaser": np.zeros((2, 3, 2), np.float32)}, hashes(env)
    for actions, message in (
        (move | {"runner": np.zeros((2, 1, 2))}, "actions: team 'runner' is scripted, so its actions are not given; expected chaser"),
        ({}, "actions: nothing for team 'chaser'; expected chaser"),
        (move | {"chasers": 0}, "actions: no team 'chasers' (did you mean \"chaser\"?); there is chaser, runner"),
    ):
        with pytest.raises(sandlot.ActionError, match=f"^{re.escape(message)}$"):
            env.step(actions)
    assert hashes(env) == before
    env.script(env.teams)
    with pytest.raises(sandlot.ActionError, match="is scripted, so its actions are not given; expected an empty dict"):
        env.step(move)
    env.step({})
    with pytest.raises(KeyError, match=r"did you mean .*runner"):
        env.scripted_actions(["runer"])


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_twins_are_scripted_too(twin_of):
    env = sandlot.make_vec("tag", 2, scripted="runner")
    env.reset(seed=0)
    move = {"chaser": np.ones((2, 3, 2), np.float32)}
    env.step(move)
    twin = twin_of(env)
    same(env.step(move), twin.step(move))
    assert twin.scripted == ("runner",)


def test_doors_let_the_step_play_whole_teams():
    whole = GameEnv("tag", team="runner")
    assert whole.core.scripted == ("chaser",)
    assert GameEnv("tag", agent="chaser_1").core.scripted == ("runner",)
    assert GameVec(2, scenario="tag", team="runner", others="random").core.scripted == ()
    partly = GameEnv("tag", agent="chaser_1")
    for env in (whole, partly):
        core = sandlot.make_vec("tag", autoreset="disabled")
        core.reset(seed=3)
        env.reset(seed=3)
        for _ in range(30):
            actions = core.scripted_actions()
            mine = np.array([0.5, -0.25], np.float32)
            if env is whole:
                actions["runner"][0, 0] = mine
            else:
                actions["chaser"][0, 1] = mine
            core.step(actions)
            env.step(mine)
        assert core.state_hash() == env.core.state_hash()
