"""What the end of an episode means, in all cases; and where the numbers of a batch lie, which says so."""

import itertools
import warnings

import numpy as np
import pytest

import sandlot
from sandlot.envs.compile.ledger import Ledger, Place, Sizes
from sandlot.envs.compile.scenario import compile_scenario
from sandlot.envs.core.results import ending, endings

CASES = {
    # terminated, truncated, alive: what is said of the world, and whether the agent is in it; then terminated, truncated: of the agent
    (False, False, True): (False, False),  # it goes on
    (False, False, False): (True, False),  # removed: the world goes on without it
    (True, False, True): (True, False),  # a rule ended the world
    (True, False, False): (True, False),  # and removed the agent
    (False, True, True): (False, True),  # cut off by a clock
    (False, True, False): (True, False),  # cut off for others: it was out
    (True, True, True): (True, False),  # the core never says both; a rule is the stronger
    (True, True, False): (True, False),
}


@pytest.mark.parametrize("case", CASES)
def test_of_one_agent(case):
    assert ending(*case) == CASES[case]
    assert all(type(value) is bool for value in ending(*case))
    assert [value.item() for value in ending(*(np.array([value]) for value in case))] == list(CASES[case])


def test_of_all_at_once():
    assert len(CASES) == 8
    terminated, truncated, alive = np.array(list(CASES)).T
    ends = endings(terminated, truncated, alive[:, None])
    assert list(zip(ends.terminated[:, 0], ends.truncated[:, 0], strict=True)) == list(CASES.values())
    # alone in its world an agent's end is that of the learners' episode
    assert (ends.over == ends.terminated[:, 0] | ends.truncated[:, 0]).all()
    assert (ends.left == ~alive & ~terminated).all()


def test_of_two_in_a_world():
    cases = list(itertools.product((False, True), repeat=4))
    terminated, truncated, *alive = np.array(cases).T
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ends = endings(terminated, truncated, np.stack(alive, 1))
    for k, (out, late, one, two) in enumerate(cases):
        assert [(bool(a), bool(b)) for a, b in zip(ends.terminated[k], ends.truncated[k], strict=True)] == [
            CASES[out, late, one],
            CASES[out, late, two],
        ]
        assert ends.left[k] == (not out and not one and not two)
        assert ends.over[k] == (out or late or ends.left[k])  # one that is out waits for its mate


def test_of_nobody():
    """A team without agents has nobody left: doors ask only where a rule can remove somebody."""
    ends = endings(np.zeros(2, np.bool_), np.zeros(2, np.bool_), np.ones((2, 0), np.bool_))
    assert ends.terminated.shape == (2, 0)
    assert ends.left.all()


# --- the ledger -----------------------------------------------------------------------------------------------------------------------------


def places_of(ledger):
    """All places of a ledger, by buffer."""
    return {
        "obs": list(ledger.obs.values()),
        "action": list(ledger.action.values()),
        "reward": [
            *ledger.reward.values(),
            *(place for terms in ledger.terms.values() for place in terms.values()),
            ledger.events,
            *ledger.scores.values(),
            *ledger.troubles.values(),
        ],
        "flags": [ledger.terminated, ledger.truncated, ledger.ask, *ledger.alive.values(), *ledger.final_alive.values()],
    }


@pytest.mark.parametrize("name", sandlot.names())
def test_every_number_has_one_place(name):
    ledger = compile_scenario(sandlot.load(name)).ledger
    sizes = {
        "obs": ledger.obs_numbers,
        "action": ledger.action_numbers,
        "reward": ledger.reward_numbers,
        "flags": ledger.flag_numbers[True],
    }
    for buffer, places in places_of(ledger).items():
        found = np.concatenate([place.indices(3).reshape(-1) for place in places])
        assert found.tolist() == list(range(3 * sizes[buffer])), buffer
    assert ledger.flag_numbers[False] == min(place.first for place in ledger.final_alive.values())


def test_a_place_is_a_view():
    ledger = Ledger([Sizes("a", 2, 3, 1, ("t", "u")), Sizes("b", 1, 1, 0, ("t",))], 2, ["b"])
    assert ledger.agents == {"a": slice(0, 2), "b": slice(2, 3)}
    assert ledger.obs["b"] == Place(6, (1, 1))
    assert ledger.terms == {"a": {"t": Place(3, (2,)), "u": Place(5, (2,))}, "b": {"t": Place(7, (1,))}}
    assert (ledger.events, ledger.scores) == (Place(8, (2,)), {"b": Place(10, ())})
    flat = np.arange(4 * ledger.reward_numbers)
    view = ledger.terms["a"]["u"].of(flat, 4)
    assert view.base is flat
    assert (view == ledger.terms["a"]["u"].indices(4)).all()
    assert view.tolist() == [[20, 21], [22, 23], [24, 25], [26, 27]]
    assert ledger.scores["b"].of(flat, 4).tolist() == [40, 41, 42, 43]
