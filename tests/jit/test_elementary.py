"""Sine, cosine, arc tangent, logarithm and random numbers of our own, against numpy and statistics."""

import math
from typing import Annotated

import numpy as np
import pytest
from numpy.typing import NDArray

from sandlot.envs.jit.ir import LANES
from sandlot.envs.jit.kernel import kernel
from sandlot.envs.kernels.world import elementary, rng
from sandlot.envs.kernels.world.state import Floats

Lanes = Annotated[NDArray[np.uint64], 2]


@kernel
def _sines(x: Floats, out_sin: Floats, out_cos: Floats, count: int) -> None:
    for i in range(count):
        out_sin[i], out_cos[i] = elementary.sin(x[i]), elementary.cos(x[i])


@kernel
def _angles(y: Floats, x: Floats, out: Floats, count: int) -> None:
    for i in range(count):
        out[i] = elementary.atan2(y[i], x[i])


@kernel
def _logs(x: Floats, out: Floats, count: int) -> None:
    for i in range(count):
        out[i] = rng.log(x[i])


@kernel
def _begin(keys: Lanes, lane: int) -> None:
    rng.begin_episode(keys, lane)


@kernel
def _draws(keys: Lanes, lane: int, uniforms: Floats, uniform_count: int, normals: Floats, normal_count: int) -> None:
    for i in range(uniform_count):
        uniforms[i] = rng.uniform(keys, lane)
    for i in range(normal_count):
        normals[i] = rng.normal(keys, lane)


def stream(seed: int, episode: int = 0, uniforms: int = 0, normals: int = 0, lane: int = 0) -> tuple[np.ndarray, np.ndarray]:
    keys = np.zeros((rng.KEY_ROWS, LANES), np.uint64)
    keys[rng.SEED, lane], keys[rng.EPISODE, lane] = seed, episode
    _begin(keys, lane)
    u, n = np.zeros(uniforms, np.float32), np.zeros(normals, np.float32)
    _draws(keys, lane, u, uniforms, n, normals)
    return u, n


@pytest.mark.parametrize(("reach", "worst"), [(2 * math.pi, 4e-7), (100.0, 4e-6), (10_000.0, 5e-4)])
def test_sine_and_cosine(reach: float, worst: float) -> None:
    x = np.concatenate([np.linspace(-reach, reach, 200_001), np.arange(-8, 9) * math.pi / 4]).astype(np.float32)
    s, c = np.zeros_like(x), np.zeros_like(x)
    _sines(x, s, c, x.size)
    assert np.abs(s - np.sin(x.astype(np.float64))).max() < worst
    assert np.abs(c - np.cos(x.astype(np.float64))).max() < worst
    assert np.abs(s * s + c * c - 1).max() < 2 * worst
    assert np.abs(s).max() <= 1 + 2e-7


def test_arc_tangent() -> None:
    angle = np.linspace(-math.pi, math.pi, 200_001)[1:]
    for size in (1e-6, 1.0, 1e6):
        y, x = (size * np.sin(angle)).astype(np.float32), (size * np.cos(angle)).astype(np.float32)
        out = np.zeros_like(x)
        _angles(y, x, out, x.size)
        assert np.abs(out - np.arctan2(y.astype(np.float64), x.astype(np.float64))).max() < 6e-7
    y, x = np.array([0, 0, 1, -1, 0], np.float32), np.array([0, 1, 0, 0, -1], np.float32)
    out = np.zeros_like(x)
    _angles(y, x, out, x.size)
    assert out == pytest.approx([0, 0, math.pi / 2, -math.pi / 2, math.pi])


def test_logarithm() -> None:
    x = np.concatenate([np.linspace(2**-24, 1, 200_001), 2.0 ** -np.arange(25)]).astype(np.float32)
    out = np.zeros_like(x)
    _logs(x, out, x.size)
    true = np.log(x.astype(np.float64))
    assert (np.abs(out - true) / (1 + np.abs(true))).max() < 1e-6


def test_uniform_numbers_are_even() -> None:
    count = 400_000
    u, _ = stream(7, uniforms=count)
    assert u.min() >= 0
    assert u.max() < 1
    assert (u * 2**24 == np.floor(u * 2**24)).all()
    cells = np.histogram(u, 256, (0, 1))[0]
    chi = ((cells - count / 256) ** 2 / (count / 256)).sum()
    assert 255 - 4 * math.sqrt(510) < chi < 255 + 4 * math.sqrt(510)
    pairs = np.histogram2d(u[::2], u[1::2], 16, ((0, 1), (0, 1)))[0]  # neighbours are independent
    chi = ((pairs - count / 512) ** 2 / (count / 512)).sum()
    assert chi < 255 + 4 * math.sqrt(510)
    for lag in (1, 2, 3, 7, 16):
        assert abs(np.corrcoef(u[:-lag], u[lag:])[0, 1]) < 4 / math.sqrt(count)
    low_bits = (u * 2**24).astype(np.int64) & 1
    assert abs(low_bits.mean() - 0.5) < 4 * 0.5 / math.sqrt(count)


def test_normal_numbers() -> None:
    count = 200_000
    _, n = stream(3, normals=count)
    n = n.astype(np.float64)
    assert abs(n.mean()) < 4 / math.sqrt(count)
    assert abs(n.var() - 1) < 4 * math.sqrt(2 / count)
    assert abs((n**3).mean()) < 4 * math.sqrt(15 / count)
    assert abs((n**4).mean() - 3) < 4 * math.sqrt(96 / count)
    ordered = np.sort(n)
    share = np.array([0.5 * (1 + math.erf(v / math.sqrt(2))) for v in ordered[::100]])
    assert np.abs(share - np.arange(0, count, 100) / count).max() < 2 / math.sqrt(count)  # Kolmogorov-Smirnov
    assert np.isfinite(n).all()


def test_streams_differ_by_seed_and_episode_and_not_by_lane() -> None:
    first = [stream(seed, episode, 64)[0] for seed in range(40) for episode in range(40)]
    assert len({row.tobytes() for row in first}) == len(first)
    # across neighbouring streams the n-th numbers are even, too
    column = np.array([row[0] for row in first])
    assert np.abs(np.sort(column) - np.linspace(0, 1, column.size)).max() < 2 / math.sqrt(column.size)
    grid = np.array(first[:1600:40])
    assert abs(np.corrcoef(grid[:-1].ravel(), grid[1:].ravel())[0, 1]) < 4 / math.sqrt(grid[1:].size)
    for lane in (0, 5, LANES - 1):
        assert (stream(11, 2, 32, lane=lane)[0] == stream(11, 2, 32)[0]).all()
