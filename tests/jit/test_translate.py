"""The translator against Python itself: what compiled kernels compute, and what is refused."""

from typing import Annotated, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sandlot.envs.jit.ir import LANES, TranslationError, type_of_annotation
from sandlot.envs.jit.kernel import bind, inner, kernel, shared, style
from sandlot.envs.jit.module import Module
from sandlot.envs.jit.statements import translate
from sandlot.envs.kernels.world.layout.world import F, U
from sandlot.envs.kernels.world.state import Floats, Longs

WHOLE = st.integers(-(2**40), 2**40)
SMALL = st.integers(-50, 50)
REAL = st.floats(width=32, allow_nan=False, min_value=-1e6, max_value=1e6)
TABLE = (3, 5, 8)
HALF = F(0.5)
ALL = settings(max_examples=80, deadline=None, derandomize=True)


@kernel
def _divide(a: int, b: int) -> tuple[int, int]:
    return a // b, a % b


@kernel
def _bits(a: int, b: int) -> tuple[int, int, int, int, int, int]:
    return a & b, a | b, a ^ b, ~a, a << 3, a >> 3


@kernel
def _compare(a: int, b: int, x: float, y: float) -> tuple[bool, bool, bool, bool, bool]:
    return a < b <= 7, a == b or x > y, not a, x != y and a >= b, bool(a) != (x <= y)


@kernel
def _extremes(x: float, y: float, a: int, b: int) -> tuple[float, float, int, int, float, int]:
    return min(x, y), max(x, y), min(a, b, 3), max(a, 0, b), abs(x), abs(a)


@kernel
def _arithmetic(x: float, y: float) -> tuple[float, float, float, float, float, float]:
    return x + y * 2, x - y / (y * y + 1), -x * HALF, np.sqrt(abs(x)), np.floor(x), F(3) if x > y else y


@kernel
def _casts(x: float, a: int) -> tuple[int, float, int, int]:
    return np.int64(x), F(a), np.int64(np.int32(a)), np.int64(np.uint32(a))


@kernel
def _loops(count: int) -> tuple[int, int, int]:
    total = 0
    for i in range(count):
        if i % 3 == 0:
            continue
        if i > 20:
            break
        total += i
    steps = 0
    n = count
    while n > 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    down = 0
    for i in range(10, count % 10, -2):
        down = down * 10 + i
    for part in TABLE:
        total += part
    return total, steps, down


@inner
def _swap(a, b):
    return b, a


@shared
def _factor(x, double):
    if double:
        return x + x
    return x


@kernel
def _calls(x: float, y: float) -> tuple[float, float, float, float]:
    x, y = _swap(x, y)
    a, b = y, x
    a, b = b, a
    return a, b, _factor(x, True), _factor(x, False)


class Pair(NamedTuple):
    values: Floats
    table: Annotated[NDArray[np.int32], 2]


@kernel
def _arrays(pair: Pair, sums: Longs, rows: int, columns: int) -> None:
    view = pair.values[2:5]
    for i in range(rows):
        row = pair.table[i]
        for j in range(columns):
            sums[i] += row[j] * pair.table[i, j]
        view[0] += F(row[0])
    view[1] = 7


@kernel
def _lanes(x: Floats, y: Floats, which: Longs) -> int:
    hits = 0
    for l in range(LANES):
        y[l] = x[which[l]] * 2 if x[l] > 0 else y[l]
        hits += 1 if x[l] > 0 else 0
    return hits


class Block(NamedTuple):
    """Arrays whose last axis is known, among others."""

    wide: Annotated[NDArray[np.float32], 2, 4]
    deep: Annotated[NDArray[np.int32], 3, 4]
    flat: Floats
    table: Annotated[NDArray[np.int64], 2]


@inner
def _total(row):
    total = row[0]
    for k in range(1, 4):
        total += row[k]
    return total


@kernel
def _rows(block: Block, alone: Annotated[NDArray[np.int64], 2, 4], first: int) -> tuple[float, float]:
    some = block.wide[first : first + 2]
    some[0, 1] += F(block.deep[1, 2, 3])
    layer = block.deep[2]
    layer[1, 0] = 5
    alone[first, 3] = layer[1, 0] + layer[0][1] + block.table[1, 2]
    rest = block.table[first:]
    block.flat[0] = some[1, 2] + F(rest[0, 0])
    return _total(some[1]), _total(block.wide[first])


class Shelf:
    LOW, HIGH = 2, 5
    WEIGHT = F(0.25)


class House:
    Shelf = Shelf


@kernel
def _of_a_class(x: Floats, a: int) -> tuple[float, float, int, int]:
    found = x[Shelf.LOW] if a > Shelf.HIGH else Shelf.WEIGHT
    total = 0
    for k in (Shelf.LOW, House.Shelf.HIGH):
        total += k * a
    return found, x[Shelf.HIGH - 1] * Shelf.WEIGHT + F(np.pi), total, Shelf.LOW if a > 0 else Shelf.HIGH


def plain(k, *arguments):
    """What Python itself makes of a kernel, with NumPy's numbers."""
    with np.errstate(all="ignore"):
        return k.function(*arguments)


@ALL
@given(WHOLE, SMALL.filter(bool))
def test_division_is_pythons(a, b):
    assert _divide(a, b) == plain(_divide, a, b)


@ALL
@given(WHOLE, WHOLE)
def test_bits(a, b):
    assert _bits(a, b) == plain(_bits, a, b)


@ALL
@given(SMALL, SMALL, REAL, REAL)
def test_comparisons_and_choices(a, b, x, y):
    assert _compare(a, b, x, y) == plain(_compare, a, b, F(x), F(y))
    assert _extremes(x, y, a, b) == plain(_extremes, F(x), F(y), a, b)


@ALL
@given(REAL, REAL)
def test_arithmetic_is_float32(x, y):
    assert _arithmetic(x, y) == tuple(F(v) for v in plain(_arithmetic, F(x), F(y)))
    assert _calls(x, y) == plain(_calls, F(x), F(y))


@ALL
@given(REAL, WHOLE)
def test_casts(x, a):
    whole = ((a + 2**31) % 2**32) - 2**31
    assert _casts(x, a) == (int(F(x)), F(a), whole, a % 2**32)


@ALL
@given(st.integers(0, 200))
def test_loops(count):
    assert _loops(count) == plain(_loops, count)


def test_casts_out_of_range_are_clamped():
    """Where C leaves it open, so that all machines agree."""
    assert _casts(1e30, 0)[0] == 2**63 - 1
    assert _casts(-1e30, 0)[0] == -(2**63)
    assert _casts(float("nan"), 0)[0] == 0


def test_arrays():
    rng = np.random.default_rng(0)
    table = rng.integers(-9, 9, (4, 6)).astype(np.int32)
    results = []
    for call in (_arrays, _arrays.function):
        values, sums = np.arange(8, dtype=np.float32), np.zeros(4, np.int64)
        call(Pair(values, table), sums, 4, 6)
        results.append((values.tolist(), sums.tolist()))
    assert results[0] == results[1]
    assert results[0][1] == (table.astype(int) ** 2).sum(1).tolist()


def test_rows_of_a_known_length():
    """Elements, rows, slices and layers of arrays whose last axis is known while translating."""
    results = []
    for call in (_rows, _rows.function):
        rng = np.random.default_rng(3)
        wide, deep = rng.normal(size=(5, 4)).astype(np.float32), rng.integers(-9, 9, (3, 3, 4)).astype(np.int32)
        block = Block(wide, deep, np.zeros(2, np.float32), rng.integers(-9, 9, (4, 6)))
        alone = np.zeros((4, 4), np.int64)
        results.append((call(block, alone, 2), *(array.tolist() for array in (*block, alone))))
    assert results[0] == results[1]


def test_a_known_length_is_a_constant():
    """No step is passed from row to row, nor loaded."""
    assert "(ptr %arg0.0, ptr %arg0.1, i64 %arg0.2, ptr %arg0.3, ptr %arg0.4, i64 %arg0.5, ptr %arg1.0, i64 %arg2.0)" in _rows.text()


@ALL
@given(SMALL)
def test_an_attribute_of_a_class_or_module_is_a_constant(a):
    x = np.arange(6, dtype=np.float32)
    assert _of_a_class(x, a) == plain(_of_a_class, x, a)


def test_a_choice_between_constants_of_a_class_needs_no_branch():
    """As one between names: loops over lanes would not vectorise with a branch inside."""
    module = Module(translate, style)
    module.entry(_either, "f", [type_of_annotation(int, "a")])
    assert "select" in module.text()
    assert "br i1" not in module.text()


def test_loops_over_lanes():
    rng = np.random.default_rng(1)
    x, which = rng.normal(size=LANES).astype(np.float32), rng.permutation(LANES).astype(np.int64)
    y = np.zeros((2, LANES), np.float32)
    assert _lanes(x, y[0], which) == plain(_lanes, x, y[1], which) == (x > 0).sum()
    assert (y[0] == y[1]).all()


def test_a_bound_record_is_read_where_it_lies():
    pair = bind(Pair(np.zeros(8, np.float32), np.ones((2, 3), np.int32)))
    for _ in range(2):
        _arrays(pair, np.zeros(2, np.int64), 2, 3)
    assert pair.record.values[2] == 4


def _mixed(a: int, x: float) -> float:
    return a + x


def _signed(a: int) -> int:
    return a + U(1)


def _retyped(a: int) -> float:
    b = a
    b = F(0)
    return b


def _two_results(a: int) -> float:
    if a > 0:
        return F(1)
    return a


def _unknown(a: int) -> int:
    return missing + a  # noqa: F821


def _text(a: int) -> int:
    return len("no")


def _keyword(a: int) -> int:
    return max(a, key=abs)


@shared
def _again(a):
    return _again(a - 1)


def _comprehension(a: int) -> int:
    return [k for k in range(a)]


def _either(a: int) -> int:
    return Shelf.LOW if a > Shelf.HIGH and a != Shelf.LOW else Shelf.HIGH


def _misspelt(a: int) -> int:
    return a + Shelf.HIHG


def _hidden(a: int) -> int:
    Shelf = a
    return Shelf.LOW


def _wrong_rank(x: Floats) -> float:
    return x[0, 1]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (_mixed, "int64 and float32 don't go together"), (_signed, "int64 and uint64 don't go together"), (_retyped, "float32 where int64 is kept"),
        (_two_results, "returns int64 here, float32 before"), (_unknown, "missing has no value here"), (_text, "len has no value here"),
        (_keyword, "by position"), (_again, "can't call themselves"), (_comprehension, "ListComp is not in the subset"),
        (_misspelt, "Shelf has no HIHG; the nearest name is HIGH"), (_hidden, "int64 has no field LOW"), (_wrong_rank, "expected 1 index, got 2"),
    ],
)  # fmt: skip
def test_what_is_outside_the_subset_is_refused_where_it_stands(function, said):
    types = [type_of_annotation(t, "x") for name, t in function.__annotations__.items() if name != "return"] or [
        type_of_annotation(int, "a")
    ]
    module = Module(translate, style)
    with pytest.raises(TranslationError, match=said) as caught:
        module.entry(function, "f", types)
    assert function.__name__ in str(caught.value)
    if function is not _again:
        file, line = str(caught.value).split(" in ")[0].rsplit(":", 1)
        assert file == __file__
        assert function.__code__.co_firstlineno < int(line) <= function.__code__.co_firstlineno + 4
