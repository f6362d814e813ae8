"""In-place buffers: with copy=False every result stays where it was first, and actions are taken from where they lie."""

import numpy as np
import pytest

import sandlot
from sandlot.scenarios import Scenario, loads

MODES = ["next_step", "same_step", "disabled"]


def address(values):
    """Where an array's memory begins."""
    return values.__array_interface__["data"][0]


def places(arrays):
    """Addresses and shapes of everything."""
    if isinstance(arrays, np.ndarray):
        return address(arrays), arrays.shape, arrays.dtype
    return [places(part) for part in (arrays.values() if isinstance(arrays, dict) else arrays)]


@pytest.mark.parametrize("actions", ["continuous", "discrete"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("threads", [1, 2])
def test_same_numbers_in_the_same_place(mode, actions, threads):
    options = {"autoreset": mode, "actions": actions, "threads": threads}
    env = sandlot.make_vec("lander", 20, copy=False, **options)
    twin = sandlot.make_vec("lander", 20, copy=True, **options)
    arrays = env.arrays()
    first = places(arrays)
    env.reset(seed=3)
    twin.reset(seed=3)
    rng = np.random.default_rng(0)
    mask, ended = np.arange(20) % 2 == 0, 0
    for step in range(120):
        own = twin.action_space("rocket")
        chosen = rng.integers(0, own.n, (20, 1)) if actions == "discrete" else rng.uniform(-1, 1, (20, 1, 2)).astype(np.float32)
        arrays.actions["rocket"][...] = chosen
        if step % 2:
            env.advance()
        else:
            results = env.step(arrays.actions)
            assert address(results[0]["rocket"]) == address(arrays.obs["rocket"])
            assert address(results[4]["alive"]["rocket"]) == address(arrays.info["alive"]["rocket"])
        expected = twin.step({"rocket": chosen})
        np.testing.assert_equal(arrays[:5], expected)
        ended += arrays.terminated.sum()
        if step == 60:
            for one in (env, twin):
                one.reset(seed=9, mask=mask)
            one = env.get_state([1])
            env.set_state(one, [2])
            twin.set_state(one, [2])
        assert places(arrays) == places(env.arrays()) == first
    assert ended > 5


@pytest.mark.parametrize("actions", ["continuous", "discrete"])
@pytest.mark.parametrize("name", sandlot.names())
def test_a_row_for_each_agent_without_a_copy(name, actions):
    env = sandlot.make_vec(name, 3, copy=False, actions=actions)
    env.reset(seed=0)
    arrays = env.arrays()
    for team in env.teams:
        agents, seen = len(env.agents(team)), env.observation_space(team).shape
        assert arrays.obs[team].shape == (3, agents, *seen)
        for part in (arrays.obs, arrays.reward, arrays.info["alive"]):
            rows = part[team].reshape(3 * agents, -1)
            assert address(rows) == address(part[team])
        acts = arrays.actions[team]
        assert acts.shape == (3, agents, *env.action_space(team).shape)
        assert acts.dtype == np.float32
        acts[...] = [[env.action_space(team).sample() for _ in range(agents)] for _ in range(3)]
    twin = sandlot.make_vec(name, 3, actions=actions)
    twin.reset(seed=0)
    expected = twin.step({team: values.copy() for team, values in arrays.actions.items()})
    env.step(arrays.actions)
    np.testing.assert_equal(arrays.obs, expected[0])
    assert env.state_hash(2) == twin.state_hash(2)


@pytest.mark.parametrize(
    ("actions", "bad"), [("continuous", 2.0), ("continuous", np.nan), ("discrete", 9), ("discrete", 0.5), ("discrete", -1)]
)
def test_step_checks_what_lies_there(actions, bad):
    env = sandlot.make_vec("tag", 2, copy=False, actions=actions)
    env.reset(seed=0)
    arrays, before = env.arrays(), env.get_state()
    arrays.actions["chaser"][1, 2] = bad
    with pytest.raises(sandlot.ActionError, match="actions of 'chaser'"):
        env.step(arrays.actions)
    assert env.get_state() == before
    arrays.actions["chaser"][1, 2] = 0
    env.step(arrays.actions)


def test_scripted_teams_take_no_actions():
    env = sandlot.make_vec("tag", 4, copy=False, scripted="runner")
    twin = sandlot.make_vec("tag", 4)
    env.reset(seed=0)
    twin.reset(seed=0)
    arrays = env.arrays()
    assert arrays.actions.keys() == {"chaser"}
    for _ in range(20):
        arrays.actions["chaser"][...] = 0.5
        twin.step({"chaser": arrays.actions["chaser"], "runner": twin.scripted_actions()["runner"]})
        env.advance()
    assert env.state_hash(3) == twin.state_hash(3)


def test_who_can_do_nothing():
    alone: Scenario = loads(
        '{"format": "sandlot/1", "name": "alone", "teams": {"cat": {"shape": "circle", "radius": 0.3, "at": [0, 0], "sees": ["self"]}}}'
    )
    env = sandlot.make_vec(alone, 2, copy=False)
    env.reset(seed=0)
    arrays = env.arrays()
    assert arrays.actions["cat"].tolist() == [[0], [0]]
    env.step(arrays.actions)


def test_there_is_no_such_place_for_copies():
    with pytest.raises(ValueError, match="arrays: make the environment with copy=False"):
        sandlot.make_vec("tag").arrays()
