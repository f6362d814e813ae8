"""Policies as files, and how NumPy runs them: no PyTorch anywhere."""

import json
import warnings
from dataclasses import asdict, replace

import numpy as np
import pytest
from choices import OWN, for_step, game_of, random_choices
from safetensors.numpy import save_file

import sandlot
from sandlot.agents.policies.moves import as_numbers
from sandlot.agents.policies.policy_file import Card, PolicyFileError, card_for, differences, obstacles, read_policy, save_policy, shapes_of
from sandlot.agents.policies.specs import PolicyWarning, resolve
from sandlot.agents.policies.trained import CHUNK, TrainedPolicy
from sandlot.envs import VectorEnv
from sandlot.envs.doors.gymnasium import GameEnv
from sandlot.envs.policy import Cast, choose, masks_for

CARDS = [(name, team, kind) for name in sandlot.names() for team in sandlot.load(name).teams for kind in ("continuous", "discrete")]


def random_policy(card: Card, seed: int = 0) -> TrainedPolicy:
    rng = np.random.default_rng(seed)
    return TrainedPolicy(card, {name: rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes_of(card).items()})


@pytest.mark.parametrize(("name", "team", "kind"), CARDS)
@pytest.mark.parametrize("act", ["mode", "sample"])
@pytest.mark.parametrize("memory", [0, 5])
def test_actions_are_in_the_space(name, team, kind, act, memory):
    env = sandlot.make_vec(name, 3, actions=kind)
    if not next(one for one in env.game.teams if one.name == team).action_size:
        pytest.skip("it can do nothing")
    policy = random_policy(card_for(env, team, hidden=(8,), memory=memory, act=act))
    obs, _ = env.reset(seed=0)
    seen = obs[team].reshape(-1, obs[team].shape[2])
    policy.reset(len(seen))
    space = env.action_space(team)
    for action in policy.act(seen, np.ones(len(seen), np.bool_), np.random.default_rng(0)):
        assert space.contains(action if action.shape else int(action))


@pytest.mark.parametrize("name", [*sandlot.names(), *OWN])
def test_choices_as_numbers_do_the_same_to_the_last_bit(name):
    numbers, choices = (VectorEnv(game_of(name), 5, actions=kind) for kind in ("continuous", "discrete"))
    rng = np.random.default_rng(0)
    for env in (numbers, choices):
        env.reset(seed=11)
    for _ in range(20 if name == "swarm" else 150):
        picks = random_choices(choices, rng)
        choices.step(for_step(choices, picks))
        meant = {
            team.name: as_numbers(team, picks[team.name]) if team.action_size else np.zeros((5, team.agents)) for team in numbers.game.teams
        }
        numbers.step(meant)
        assert choices.get_state() == numbers.get_state()


@pytest.mark.parametrize("act", ["mode", "sample"])
@pytest.mark.parametrize("name", ["dodgeball", "warehouse", "shooters", "leapers", "builders", "tell_and_push"])
def test_a_policy_of_choices_plays_the_same_where_numbers_are_taken(name, act, tmp_path):
    scenario = game_of(name)
    choices, numbers = (VectorEnv(scenario, 3, actions=kind, autoreset="disabled") for kind in ("discrete", "continuous"))
    specs = {}
    for team in choices.teams:
        card = card_for(choices, team, hidden=(8,), act=act, masked=choices.can_mask(team))
        specs[team] = str(save_policy(tmp_path / f"{team}.safetensors", card, random_policy(card, 3).tensors))
    stories = []
    for env in (choices, numbers):
        cast, rng, told = Cast(env, specs, env.teams), np.random.default_rng(0), []
        obs, info = env.reset(seed=5)
        cast.reset()
        for _ in range(80):
            obs, _, _, _, info = env.step(cast.act(obs, info["alive"], rng))
            told += [env.state_hash(world) for world in range(3)]
        stories.append(told)
    assert stories[0] == stories[1]
    policy = TrainedPolicy.load(specs[team], act)  # as an object it fits as well, and stays as it is
    assert resolve(policy, numbers, team).act(obs[team][0], info["alive"][team][0], rng).shape[1:] == numbers.action_space(team).shape
    assert policy.numbers is None
    assert resolve(policy, choices, team) is policy


def test_a_masked_policy_chooses_among_what_is_open():
    env = sandlot.make_vec("dodgeball", 4, actions="discrete")
    policy = random_policy(card_for(env, "red", hidden=(8,), masked=True))
    policy.tensors["out.bias"][9 + 3] = 100.0  # it wants nothing but to shoot
    obs, info = env.reset(seed=0)
    rng = np.random.default_rng(0)
    options = masks_for(policy, env, "red")
    assert not choose(policy, obs["red"], info["alive"]["red"], rng, options)[..., 1].any()
    assert (choose(policy, obs["red"], info["alive"]["red"], rng)[..., 1] == 3).all()
    policy.card = replace(policy.card, masked=False)
    assert masks_for(TrainedPolicy(policy.card, policy.tensors), env, "red") is None


@pytest.mark.parametrize("memory", [0, 6])
def test_what_an_agent_does_hangs_on_nobody_else(memory):
    """The same rows give the same bits alone, in any batch and at any place of it."""
    env = sandlot.make_vec("tag", 1)
    policy = random_policy(card_for(env, "chaser", hidden=(64, 64), memory=memory))
    obs = np.random.default_rng(1).uniform(-1, 1, (3 * CHUNK + 5, len(policy.card.observation))).astype(np.float32)
    rng, yes = np.random.default_rng(0), np.ones(len(obs), np.bool_)

    def play(rows):
        policy.reset(len(rows))
        return np.stack([policy.act(obs[rows] * share, yes[rows], rng) for share in (1, np.float32(0.5))])

    whole = play(np.arange(len(obs)))
    for rows in (np.array([7]), np.arange(5, 90), np.arange(len(obs))[::-1]):
        np.testing.assert_array_equal(play(rows), whole[:, rows])


def test_memory_is_forgotten_with_the_episode():
    env = sandlot.make_vec("tag", 1)
    policy = random_policy(card_for(env, "chaser", hidden=(8,), memory=4))
    obs = np.ones((2, len(policy.card.observation)), np.float32)
    act = lambda: policy.act(obs, np.ones(2, np.bool_), np.random.default_rng(0))  # noqa: E731
    policy.reset(2)
    first, second = act(), act()
    assert (first != second).any()
    policy.restart(np.array([True, False]))
    third = act()
    np.testing.assert_array_equal(third[0], first[0])
    assert (third[1] != first[1]).any()


def test_files_come_back_as_they_went(tmp_path):
    env = sandlot.make_vec("soccer", 1)
    policy = random_policy(card_for(env, "red", hidden=(8, 4), trained={"steps": 3}))
    path = save_policy(tmp_path / "red.safetensors", policy.card, policy.tensors)
    card, tensors = read_policy(path)
    assert card == policy.card
    assert tensors.keys() == policy.tensors.keys()
    assert all((tensors[name] == policy.tensors[name]).all() for name in tensors)
    again = resolve(str(path), env, "red")
    assert isinstance(again, TrainedPolicy)
    GameEnv("soccer", team="blue", others={"red": str(path)}).reset(seed=0)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda path, _: path.unlink(), "there is no such file"),
        (lambda path, _: path.write_bytes(b"no"), "expected a safetensors file, got"),
        (lambda path, _: path.write_bytes(path.read_bytes()[:-3]), "expected a safetensors file, got"),
        (lambda path, policy: save_file(policy.tensors, path), "no policy of sandlot"),
        (lambda path, policy: save_file(policy.tensors, path, {"sandlot": "{"}), "its card can't be read"),
        (
            lambda path, policy: save_file(policy.tensors, path, {"sandlot": json.dumps({"format": "x"})}),
            "expected format 'sandlot-policy/1', got 'x'",
        ),
        (
            lambda path, policy: save_policy(path, replace(policy.card, hidden=(9,)), policy.tensors),
            r"layer0.bias: expected \(9,\), got \(8,\)",
        ),
        (
            lambda path, policy: save_policy(path, policy.card, policy.tensors | {"out.bias": np.full(2, np.nan)}),
            "out.bias: numbers that are not finite",
        ),
    ],
)
def test_bad_files_say_why(spoil, message, tmp_path):
    env = sandlot.make_vec("tag", 1)
    policy = random_policy(card_for(env, "chaser", hidden=(8,)))
    path = save_policy(tmp_path / "bad.safetensors", policy.card, policy.tensors)
    spoil(path, policy)
    with pytest.raises(PolicyFileError, match=f"bad.safetensors: .*{message}"):
        read_policy(path)
    with pytest.raises(ValueError, match="policy of 'chaser': "):
        resolve(str(path), env, "chaser")


WRONG = {
    "game": [3, None], "version": [1.0, "1", True, -1], "scenario_hash": [None], "params": [[], "x"], "team": [{}], "observation": ["abc", [1], None], "box": [None, "2", 2.0, -1, 10**9],
    "choices": [["a"], [0], [1.5], 3, [True]], "discrete": [1, "no"], "masked": [None], "hidden": [[-3], "64", [10**30], [[8]]], "memory": [{}, -1, 1.5], "act": ["both", ["mode"], 1],
    "trained": [[1]], "results": ["x"],
}  # fmt: skip


@pytest.mark.parametrize("key", WRONG)
def test_cards_of_wrong_types(key, tmp_path):
    """One clear error that names the word of the card; what is missing is told too."""
    env = sandlot.make_vec("tag", 1)
    policy = random_policy(card_for(env, "chaser", hidden=(8,)))
    for value in WRONG[key]:
        path = save_file_with(tmp_path, policy, asdict(policy.card) | {key: value})
        with pytest.raises(PolicyFileError, match=f"bad.safetensors: its card can't be read: {key}: expected .*, got "):
            read_policy(path)
    left = {name: value for name, value in asdict(policy.card).items() if name != key}
    if key in ("game", "version", "scenario_hash", "params", "team", "observation", "box"):
        with pytest.raises(PolicyFileError, match=f"it says nothing of {key}"):
            read_policy(save_file_with(tmp_path, policy, left))
    elif key not in ("hidden",):
        read_policy(save_file_with(tmp_path, policy, left))


def save_file_with(folder, policy, card):
    path = folder / "bad.safetensors"
    save_file(policy.tensors, path, {"sandlot": card if isinstance(card, str) else json.dumps(card)})
    return path


def test_cards_of_any_depth_and_numbers_of_any_type(tmp_path):
    policy = random_policy(card_for(sandlot.make_vec("tag", 1), "chaser", hidden=(8,)))
    for text in ("[" * 100_000, '{"a":' * 50_000):
        with pytest.raises(PolicyFileError, match="its card can't be read"):
            read_policy(save_file_with(tmp_path, policy, text))
    for dtype in (np.float64, np.float16, np.int64, np.uint8, np.bool_):
        policy.tensors["out.bias"] = np.zeros(2, dtype)
        with pytest.raises(PolicyFileError, match=r"out.bias: expected float32, got "):
            read_policy(save_file_with(tmp_path, policy, asdict(policy.card)))


def test_what_does_not_fit_is_refused_and_what_changed_is_said(tmp_path):
    env = sandlot.make_vec("tag", 1)
    card = card_for(env, "chaser", hidden=(8,))
    policy = random_policy(card)
    path = save_policy(tmp_path / "chaser.safetensors", card, policy.tensors)
    assert obstacles(card, env, "chaser") == differences(card, env) == []
    assert obstacles(card, env, "runner")
    assert obstacles(card, sandlot.make_vec("tag", 1, actions="discrete"), "chaser") == [
        "it plays continuous actions, these worlds take discrete ones"
    ]
    with pytest.raises(ValueError, match=r"policy of .runner.: chaser\.safetensors doesn.t fit: "):
        resolve(str(path), env, "runner")
    other = sandlot.make_vec("tag", 1, shaping=0.5)
    with pytest.warns(PolicyWarning, match="shaping = 0.1, now 0.5"):
        resolve(str(path), other, "chaser")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resolve(str(path), env, "chaser")
    text = sandlot.load("tag", chasers=2).recipe.text
    assert differences(card, sandlot.make_vec(sandlot.scenarios.loads(text.replace('"drag": 0.25', '"drag": 0.5')), 1)) == [
        "the game's text has changed"
    ]
