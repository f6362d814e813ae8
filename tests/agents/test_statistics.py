"""Chance, statistics and equilibria against plain-Python formulas and brute force."""

import itertools
import math
import random
from collections import Counter

import numpy as np
import pytest

from sandlot.agents.evaluation import stats
from sandlot.agents.evaluation.equilibrium import alpha_rank, alpha_rank_alike, nash, to_gain
from sandlot.agents.evaluation.messages import above_median
from sandlot.agents.play.ratings import bradley_terry
from sandlot.agents.play.streams import Streams

# --- chance ---


def test_streams_hang_on_the_episode_alone():
    def draws(seeds, decisions):
        rng, agents = Streams(), 3
        rng.begin(np.array(seeds, np.uint64), np.array(decisions))
        rows = len(seeds) * agents
        return [
            rng.uniform(-1, [1, 2], (rows, 2)),
            rng.integers(0, 5, rows),
            rng.standard_normal((rows, 4), np.float32),
            rng.gumbel(size=(rows, 2)),
            rng.random(rows),
        ]

    many, one = draws([4, 9, 2**64 - 1], [0, 7, 3]), draws([9], [7])
    for a, b in zip(many, one, strict=True):
        np.testing.assert_array_equal(a[3:6], b)
    assert len({array.tobytes() for array in many}) == 5
    assert len(set(many[4])) == 9


def test_streams_draw_as_they_should():
    rng, n = Streams(), 40_000
    rng.begin(np.arange(n, dtype=np.uint64), np.zeros(n, np.int64))
    shares, normal, gumbel, whole = rng.random(n), rng.standard_normal(n), rng.gumbel(size=n), rng.integers(2, 7, n)
    assert np.abs(np.histogram(shares, 20, (0, 1))[0] / n * 20 - 1).max() < 0.1
    assert abs(normal.mean()) < 0.02
    assert abs(normal.std() - 1) < 0.02
    assert abs(gumbel.mean() - 0.5772) < 0.03
    assert Counter(whole).keys() == {2, 3, 4, 5, 6}
    assert abs(np.corrcoef(shares, rng.random(n))[0, 1]) < 0.02
    assert rng.random() != rng.random()
    assert rng.normal(3, 0, (n, 1)).mean() == 3
    assert rng.integers(4, size=n).max() == 3


# --- statistics ---


def test_bootstrap_by_hand():
    rng = random.Random(0)
    values = [rng.gauss(3, 2) for _ in range(20)]
    weights = np.concatenate(list(stats.resamples(20, 500, 7)))
    assert weights.shape == (500, 20)
    assert (weights.sum(1) == 20).all()
    means = sorted(sum(w * v for w, v in zip(row, values, strict=True)) / 20 for row in weights.tolist())

    def quantile(q):
        place = q * 499
        low = math.floor(place)
        return means[low] + (place - low) * (means[low + 1] - means[low])

    found = stats.bootstrap({"x": np.array(values), "y": -np.array(values)}, 500, 7)
    assert found["x"] == {
        "mean": stats.rounded(sum(values) / 20),
        "low": stats.rounded(quantile(0.025)),
        "high": stats.rounded(quantile(0.975)),
    }
    assert found["y"]["low"] == -found["x"]["high"]
    assert stats.bootstrap({}) == {}


def test_bootstrap_covers_what_it_should():
    rng = np.random.default_rng(1)
    data = {k: rng.exponential(2.0, 60) for k in range(400)}
    found = stats.bootstrap(data, 400)
    covered = np.mean([one["low"] <= 2.0 <= one["high"] for one in found.values()])
    assert 0.90 <= covered <= 0.98  # a little less than 95 %, for exponential numbers are skewed


@pytest.mark.parametrize(("wins", "n"), [(0, 10), (10, 10), (3, 10), (64, 64), (17, 100)])
def test_wilson_solves_its_equation(wins, n):
    found = stats.wilson(np.array([1.0] * wins + [0.0] * (n - wins)))
    share = wins / n
    assert found["mean"] == stats.rounded(share)
    for end in (found["low"], found["high"]):
        if 0 < end < 1:
            assert abs(share - end) == pytest.approx(1.959964 * math.sqrt(end * (1 - end) / n), abs=1e-4)
    assert found["low"] <= share <= found["high"]
    assert found["high"] - found["low"] > 0.04


def plain_information(pairs):
    n, joint = len(pairs), Counter(pairs)
    x, y = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    return sum(c / n * math.log2(c * n / (x[a] * y[b])) for (a, b), c in joint.items())


def test_mutual_information_by_hand():
    rng = np.random.default_rng(0)
    for _ in range(20):
        x = rng.integers(0, 4, 50)
        y = np.where(rng.random(50) < 0.6, x % 3, rng.integers(0, 3, 50))
        z = rng.integers(0, 2, 50)
        assert stats.mutual_information(x, y) == pytest.approx(plain_information(list(zip(x, y, strict=True))), abs=1e-12)
        parts = [(z == k) for k in (0, 1)]
        by_hand = sum(part.mean() * plain_information(list(zip(x[part], y[part], strict=True))) for part in parts)
        assert stats.mutual_information(x, y, z) == pytest.approx(by_hand, abs=1e-12)


def test_information_on_what_is_known():
    rng = np.random.default_rng(3)
    x, z = rng.integers(0, 4, 400), rng.integers(0, 2, 400)
    told = stats.information(x, x)
    assert told["bits"] == pytest.approx(2, abs=0.02)
    assert told["p"] < 0.002
    noise = stats.information(x, rng.integers(0, 4, 400))
    assert noise["beyond"] < 0.03
    assert noise["p"] > 0.01
    bit = x % 2
    riddle = bit ^ z  # tells nothing, but to those who know z
    assert stats.information(bit, riddle)["beyond"] < 0.02
    assert stats.information(bit, riddle, z)["beyond"] == pytest.approx(1, abs=0.03)
    assert stats.information(np.zeros(9, np.int64), np.arange(9))["bits"] == 0
    assert stats.information(z, riddle, z)["by_chance"] == 0  # shuffled among those who know the same


def test_codes_and_medians():
    assert list(stats.codes(np.array([3.0, 1.0, 3.0]))) == [1, 0, 1]
    assert Counter(stats.codes(np.arange(100.0))) == dict.fromkeys(range(4), 25)
    assert list(above_median(np.array([1.0, 2, 3, 4]))) == [0, 0, 1, 1]
    assert list(above_median(np.array([1.0, 5, 5, 5]))) == [0, 1, 1, 1]


# --- equilibria ---

ROCK = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], float)


def test_rock_paper_scissors():
    for table in (ROCK, 7 * ROCK):
        rows, columns = nash(table)
        np.testing.assert_allclose(rows, 1 / 3, atol=1e-5)
        np.testing.assert_allclose(columns, 1 / 3, atol=1e-5)
    np.testing.assert_allclose(alpha_rank_alike(ROCK), 1 / 3, atol=1e-9)


def test_what_is_dominated_is_not_played():
    table = np.zeros((4, 4))
    table[:3, :3] = ROCK
    table[3, :3], table[:3, 3] = -1.5, 1.5
    rows, _ = nash(table)
    np.testing.assert_allclose(rows, [1 / 3, 1 / 3, 1 / 3, 0], atol=1e-5)
    assert alpha_rank_alike(table)[3] < 0.02


def test_copies_share_and_nothing_else_changes():
    """Balduzzi et al. 2018: a copy of a policy changes nobody else's weight; among equals all get the same."""
    order = [0, 0, 1, 2]
    rows, _ = nash(ROCK[np.ix_(order, order)])
    np.testing.assert_allclose(rows, [1 / 6, 1 / 6, 1 / 3, 1 / 3], atol=1e-5)
    np.testing.assert_allclose(nash(np.zeros((3, 2)))[0], 1 / 3)


def best_by_supports(table):
    """The value of a zero-sum game: the plain way, all pairs of supports."""
    n, m = table.shape
    for size in range(1, min(n, m) + 1):
        for rows in itertools.combinations(range(n), size):
            for columns in itertools.combinations(range(m), size):
                part = table[np.ix_(rows, columns)]
                system = np.block([[part.T, -np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]])
                other = np.block([[part, -np.ones((size, 1))], [np.ones((1, size)), np.zeros((1, 1))]])
                right = np.append(np.zeros(size), 1)
                try:
                    p, q = np.linalg.solve(system, right), np.linalg.solve(other, right)
                except np.linalg.LinAlgError:
                    continue
                if p[:-1].min() < -1e-12 or q[:-1].min() < -1e-12:
                    continue
                mix_p, mix_q = np.zeros(n), np.zeros(m)
                mix_p[list(rows)], mix_q[list(columns)] = p[:-1], q[:-1]
                if (mix_p @ table).min() >= p[-1] - 1e-9 and (table @ mix_q).max() <= p[-1] + 1e-9:
                    return mix_p, mix_q
    raise AssertionError


def table_of(seed):
    """A random game: even, of ties, skewed, rounded, with outliers, or symmetric with a copy."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 13, 2)
    if seed % 6 == 5:
        table = rng.normal(size=(shape[0], shape[0]))
        table -= table.T
        table[-1], table[:, -1] = table[0], table[:, 0]
        return table
    kinds = [
        rng.normal(size=shape),
        rng.integers(-1, 2, shape),
        rng.uniform(size=shape) ** 5,
        np.round(rng.normal(size=shape), 1),
        rng.standard_cauchy(shape),
    ]
    return kinds[seed % 6].astype(np.float64)


@pytest.mark.parametrize("seeds", [[*range(60), 76, 252, 952, 1144, 1193, 1384, 1502, 1568, 1714, 1954, 2308, 2493, 2788]], ids=["some"])
def test_nobody_gains_by_deviating_from_nash(seeds):
    tables = [table_of(seed) for seed in seeds] + [np.random.default_rng(3355).normal(size=(n, n + 1)) for n in (3, 6, 9)]
    for seed, table in zip([*seeds, *[3355] * 3], tables, strict=True):
        assert to_gain(table, *nash(table)) <= 1e-5 * (np.ptp(table) or 1), f"table {seed}"


@pytest.mark.slow
def test_nobody_gains_by_deviating_from_nash_in_thousands_of_tables():
    test_nobody_gains_by_deviating_from_nash(range(5000))


@pytest.mark.parametrize("seed", range(12))
def test_nash_against_all_supports(seed):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=rng.integers(1, 6, 2)) * 10
    rows, columns = nash(table)
    p, q = best_by_supports(table)  # unique, for the numbers are random
    np.testing.assert_allclose(rows, p, atol=2e-4)
    np.testing.assert_allclose(columns, q, atol=2e-4)


def test_alpha_rank_of_several_roles():
    pennies = np.array([[1.0, -1], [-1, 1]])
    np.testing.assert_allclose(alpha_rank([pennies, -pennies]), 0.25, atol=1e-9)
    dilemma = np.array([[3.0, 0], [5, 1]])
    mass = alpha_rank([dilemma, dilemma.T])
    assert mass[1, 1] > 0.97
    assert alpha_rank([np.array([1.0, 3.0, 2.0])]).argmax() == 1


def test_alpha_rank_by_walking():
    """The same chain, by taking many steps of it."""
    rng = np.random.default_rng(0)
    payoffs = [rng.normal(size=(2, 3, 2)) for _ in range(3)]
    chain = np.zeros((12, 12))
    places = list(np.ndindex(2, 3, 2))
    for a, here in enumerate(places):
        for b, there in enumerate(places):
            moved = [k for k in range(3) if here[k] != there[k]]
            if len(moved) == 1:
                chain[a, b] = (0.99 if payoffs[moved[0]][there] > payoffs[moved[0]][here] else 0.01) / 4
        chain[a, a] = 1 - chain[a].sum()
    walked = np.linalg.matrix_power(chain, 1 << 20)[0]
    np.testing.assert_allclose(alpha_rank(payoffs).reshape(-1), walked, atol=1e-8)


def test_bradley_terry_is_the_likeliest():
    points = np.array([[0, 7, 9.5], [3, 0, 6], [0.5, 4, 0]])
    matches = points + points.T
    found = bradley_terry(points, matches)

    def likelihood(ratings):
        total = 0.0
        for i, j in itertools.permutations(range(3), 2):
            total += (points[i, j] + 0.5) * math.log(1 / (1 + 10 ** ((ratings[j] - ratings[i]) / 400)))  # and one draw with everybody
        return total

    best, top = None, -math.inf
    for a, b in itertools.product(np.arange(-400, 401, 4.0), repeat=2):
        now = likelihood([a, b, -a - b])
        if now > top:
            best, top = [a, b, -a - b], now
    np.testing.assert_allclose(found - 1000, best, atol=4)
    assert likelihood(list(found - 1000)) >= top
