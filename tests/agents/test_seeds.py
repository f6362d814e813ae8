"""Nobody is judged in worlds that he has learnt in: seeds of learning, judging and the benchmark never meet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sandlot
from sandlot.agents.benchmark.cells import CHOICE_FIRST, FIRST
from sandlot.agents.benchmark.methods import EPISODES
from sandlot.agents.evaluation.evaluate import EvaluationError, evaluate
from sandlot.agents.evaluation.league import league
from sandlot.agents.play import seeds
from sandlot.envs import VectorEnv

RUNS, PROCESSES, WORLDS = st.integers(0, seeds.RUN_SEEDS - 1), st.integers(0, 1023), st.integers(0, (1 << 20) - 1)
PLACES = st.tuples(RUNS, PROCESSES, st.booleans(), WORLDS)


def seed_of(place):
    run, process, held_out, world = place
    return seeds.learning_seed(run, process, held_out=held_out) + world


@given(PLACES, PLACES)
def test_worlds_of_learning_are_no_others(one, other):
    """Of no evaluation, no other run, no other process, and not those that are held out."""
    assert seeds.NAMED <= seed_of(one) < 1 << 64
    assert (seed_of(one) == seed_of(other)) == (one == other)


@given(st.integers(-(1 << 65), 1 << 65), st.integers(1, 100_000))
def test_seeds_of_judging(first, count):
    """All named ones, of which the benchmark's are met by nobody who begins elsewhere."""
    try:
        found = seeds.judging_seeds(first, count)
    except ValueError:
        inside = 0 <= first and first + count <= seeds.NAMED
        assert not inside or any(first < block.start < first + count for block in (seeds.CHOICE, seeds.BENCHMARK))
        return
    assert (found.start, len(found)) == (first, count)
    assert found.stop <= seeds.NAMED
    for block in (seeds.CHOICE, seeds.BENCHMARK):
        assert first in block or not (found.start < block.stop and block.start < found.stop)


def test_the_benchmark_keeps_to_its_seeds():
    assert range(FIRST, FIRST + EPISODES)[-1] in seeds.BENCHMARK
    assert range(CHOICE_FIRST, CHOICE_FIRST + EPISODES)[-1] in seeds.CHOICE
    assert not set(seeds.BENCHMARK) & set(seeds.CHOICE)


@pytest.mark.parametrize("seed", [-1, seeds.RUN_SEEDS, 10**23, 1.0, None])
def test_a_seed_that_no_run_can_have(seed):
    with pytest.raises(ValueError, match=r"^seed: expected a whole number from 0 to 4294967295"):
        seeds.learning_seed(seed)


@pytest.mark.parametrize("run", [evaluate, league])
@pytest.mark.parametrize(("first", "count"), [(0, 5001), (4999, 2), (9999, 2), (6000, 5000), (-1, 2), (1 << 63, 2), ((1 << 63) - 1, 2)])
def test_judging_refuses_other_seeds(run, first, count):
    with pytest.raises(EvaluationError, match=r"^seed: "):
        run(sandlot.load("spread"), {"agent": ["random", "scripted"]}, episodes=count, seed=first)


def test_who_draws_from_where(monkeypatch):
    """What learning and judging really begin their worlds with, with seeds of runs that would meet the others' if they were taken as they are."""
    pytest.importorskip("torch", reason='needs sandlot[train]: pip install "sandlot[train]"')
    from sandlot.agents.training.bc import Cloner, Cloning
    from sandlot.agents.training.plan import Plan, Settings
    from sandlot.agents.training.train import Trainer

    met: dict[str, set[int]] = {"learning": set(), "judging": set()}
    where, reset = ["learning"], VectorEnv.reset

    def noted(self, seed=None, *, mask=None, **more):
        each = range(seed, seed + self.num_envs) if isinstance(seed, int) else seed or []
        met[where[0]] |= {one for k, one in enumerate(each) if one is not None and (mask is None or mask[k])}
        return reset(self, seed, mask=mask, **more)

    monkeypatch.setattr(VectorEnv, "reset", noted)
    small = Settings(worlds=4, horizon=4, hidden=(4,))
    for seed in (0, 5_000, 10_000):
        Trainer(sandlot.load("spread"), Plan(steps=1, seed=seed, settings=small)).run()
        Cloner(sandlot.load("spread"), Cloning("agent", decisions=300, dagger=1, seed=seed, hidden=(4,), passes=1, worlds=2)).run()
    where[0] = "judging"
    for seed in (0, 10_000):
        evaluate(sandlot.load("spread"), {"agent": ["random"]}, episodes=4, seed=seed)
    assert met["judging"] == {0, 1, 2, 3, 10_000, 10_001, 10_002, 10_003}
    assert len(met["learning"]) >= 3 * (4 + 2)
    assert not met["learning"] & met["judging"]
    assert min(met["learning"]) >= seeds.NAMED
