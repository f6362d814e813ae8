"""No kernel ever computes an index outside its array: kernels with a check at every index, over random games, actions and snapshots from the edges."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

SUPPORT = Path(__file__).parents[1] / "support"

BROKEN = """
from typing import Annotated
import numpy as np
from numpy.typing import NDArray
from sandlot.envs.jit.kernel import inner, kernel
from sandlot.envs.kernels.world.state import Floats

Table = Annotated[NDArray[np.float32], 2]
Rows = Annotated[NDArray[np.float32], 2, 4]
Layers = Annotated[NDArray[np.float32], 3, 4]

@inner
def deep(rows, at):
    return rows[at]

@kernel
def read(a: Floats, at: int) -> float:
    return a[at]

@kernel
def write(a: Floats, at: int) -> None:
    a[at] = 7.0

@kernel
def cell(a: Table, at: int, k: int) -> float:
    return a[at, k]

@kernel
def cell_of(a: Table, at: int, k: int) -> float:
    return deep(a[at], k)

@kernel
def row(a: Rows, at: int, k: int) -> float:
    return a[at, k]

@kernel
def row_of(a: Rows, at: int, k: int) -> float:
    return deep(a[at], k)

@kernel
def part(a: Floats, first: int, last: int, at: int) -> float:
    return deep(a[first:last], at)

@kernel
def some(a: Rows, first: int, last: int, at: int, k: int) -> float:
    return a[first:last][at, k]

@kernel
def layer(a: Layers, at: int, k: int, j: int) -> float:
    return a[at][k, j]

@kernel
def lanes(a: Floats, at: int) -> None:
    for k in range(3):
        a[at + k] += 1.0

@kernel
def over(a: int, b: int) -> int:
    return a // b + a % b

a, b, start = np.arange(6, dtype=np.float32), np.arange(12, dtype=np.float32).reshape(3, 4), np.arange(6)
c = b.reshape(1, 3, 4)
fine = [(read, a, 0), (read, a, 5), (row, b, 2, 3), (row_of, b, 2, 3), (part, a, 2, 5, 2), (part, a, 6, 6, 0), (lanes, a, 3), (over, 7, 2), (write, a, 5),
        (some, b, 1, 3, 1, 3), (layer, c, 0, 2, 3), (cell, b, 2, 3), (cell_of, b, 2, 3)]
bad = [(read, a, 6), (read, a, -1), (read, a, 1 << 62), (read, a, -(1 << 63)), (row, b, 3, 0), (row, b, 0, 4), (row, b, 0, -1), (row, b, -1, 4), (row_of, b, 3, 0),
       (row_of, b, 0, 4), (row_of, b, 1, -1), (part, a, 2, 5, 3), (part, a, 2, 5, -1), (part, a, -1, 5, 0), (part, a, 2, 7, 0), (part, a, 4, 2, 0), (lanes, a, 4),
       (lanes, a, -1), (over, 7, 0), (write, a, 6), (write, a, -1), (some, b, 1, 3, 2, 0), (some, b, 1, 3, 0, 4), (some, b, 1, 4, 0, 0), (some, b, -1, 2, 0, 0), (some, b, 2, 1, 0, 0),
       (layer, c, 1, 0, 0), (layer, c, 0, 3, 0), (layer, c, 0, 0, 4), (layer, c, 0, -1, 0), (cell, b, 3, 0), (cell, b, 0, 4), (cell_of, b, 3, 0), (cell_of, b, 0, 4)]
told = [fine.pop(5)]
for call, *arguments in fine:
    call(*arguments)
assert read(a, 4) == 5 + 0 and over(-7, 2) == -3
kept = a.copy(), b.copy()
for call, *arguments in [*bad, *told]:
    try:
        call(*arguments)
    except IndexError as error:
        assert "an index outside its array, or a division by 0" in str(error)
    else:
        raise AssertionError((call.function.__name__, arguments))
read(a, 4)  # forgotten by the next call
print("seen")
"""


def run(*command: str, **environment: str) -> str:
    variables = {
        **os.environ,
        "SANDLOT_JIT": "checked",
        "PYTHONPATH": os.pathsep.join([str(SUPPORT), *filter(None, [os.environ.get("PYTHONPATH")])]),
    }
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False, env=variables | environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Checked kernels of the library on disk: under `-n` one worker compiles them, and others wait."""
    place = tmp_path_factory.getbasetemp()
    done = (place.parent if "PYTEST_XDIST_WORKER" in os.environ else place) / "checked"
    try:
        done.mkdir()
    except FileExistsError:
        while not (done / "done").exists():
            time.sleep(0.1)
        return
    try:
        run("-c", "import sandlot; env = sandlot.make_vec('lander'); env.reset(seed=0); env.action_masks()")
    finally:
        (done / "done").touch()  # where it failed others fail too, and don't wait


def test_the_check_sees_what_lies_outside(tmp_path):
    """Every way to index, on both sides of every edge: nothing is read or written there, and the line is told."""
    (tmp_path / "broken.py").write_text(BROKEN)
    assert run(str(tmp_path / "broken.py"), SANDLOT_CACHE=str(tmp_path)) == "seen\n"


TEETH = """
import numpy as np
from forge import forged, holding, row_of
from sandlot.envs.core.freeze import Freezer
Freezer._check = lambda *_: None
for what in ("held", "draw"):
    env = holding()
    def write(rows, *_):
        rows[0, row_of(what, env)] = 1e9
    try:
        env.set_state(forged(env, write))
        env.step({"a": np.ones((2, 1, 3), np.float32), "b": np.zeros((2, 1, 4), np.float32)})
        env.scripted_actions()
    except IndexError as error:
        print(what, error)
"""


def test_forged_snapshots_would_leave_the_arrays(compiled):
    """Without the checks of `set_state` a forged snapshot does what they are there against: the line of the kernel is told."""
    assert "/hands.py:" in run("-c", TEETH)


BITS = """
import numpy as np, sandlot
for name in sandlot.names():
    vec = sandlot.make_vec(name, num_envs=17, threads=1)
    vec.reset(seed=5)
    for _ in range(15):
        vec.step(vec.scripted_actions())
    print(name, vec.state_hash(0), vec.state_hash(16), vec.seen()[0][vec.teams[0]].sum())
"""


def test_checked_kernels_give_the_same_bits(compiled):
    """And the whole library plays without an index outside its array."""
    assert run("-c", BITS) == run("-c", BITS, SANDLOT_JIT="")


def test_random_games_stay_inside_their_arrays(compiled):
    assert "snapshots taken" in run(str(SUPPORT / "checked.py"), "0", "25")


@pytest.mark.slow
@pytest.mark.parametrize("block", range(int(os.environ.get("SANDLOT_FUZZ_BLOCKS", "100")) // 5))
def test_many_random_games_stay_inside_their_arrays(compiled, block):
    run(str(SUPPORT / "checked.py"), str(1000 + 50 * block), str(1050 + 50 * block))
