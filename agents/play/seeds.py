"""Which seeds the worlds of learning, judging and the benchmark have: nobody is ever judged where he has learnt.

A world's seed has 64 bits. Whoever judges, plays or watches names those of the lower half (`evaluate`, `league`, `watch`, `reset(seed=...)`), the benchmark
some of them; learning draws its worlds from the upper half alone, whatever the seed of its run.
"""

NAMED = 1 << 63
"""Seeds below are those that people name."""
RUN_SEEDS = 1 << 32
"""Seeds below are those that a run of learning may have."""
CHOICE = range(5_000, 6_000)
"""Of the benchmark: worlds of the train split that say whether what was learnt plays by mode or by sample."""
BENCHMARK = range(10_000, 11_000)
"""Of the benchmark: worlds that methods are judged on."""
_WORLDS, _PROCESSES = 20, 10  # bits


def learning_seed(seed: int, process: int = 0, *, held_out: bool = False) -> int:
    """The first of 2^20 seeds of worlds that one process of a run learns in, and nobody else.

    Args:
        seed: The run's.
        process: Which one of a run of several.
        held_out: Worlds that say while it learns how well it does, and that it never learns from.

    Raises:
        ValueError: For a seed or a process that is out of range.
    """
    if not isinstance(seed, int) or not 0 <= seed < RUN_SEEDS:
        raise ValueError(f"seed: expected a whole number from 0 to {RUN_SEEDS - 1}, got {seed!r}")
    if not 0 <= process < 1 << _PROCESSES:
        raise ValueError(f"process: expected a number from 0 to {(1 << _PROCESSES) - 1}, got {process}")
    return NAMED | held_out << 62 | seed << _WORLDS + _PROCESSES | process << _WORLDS


def judging_seeds(first: int, count: int) -> range:
    """The seeds of an evaluation; those of the benchmark are only met by who begins there, to measure again what it measured.

    Raises:
        ValueError: They are not all seeds that people name, or run into the benchmark's.
    """
    if not 0 <= first <= NAMED - count:
        raise ValueError(f"seed: expected a whole number from 0 to {NAMED - count}, got {first}")
    if any(first < block.start < first + count for block in (CHOICE, BENCHMARK)):
        kept = " and ".join(f"{block.start} to {block.stop - 1}" for block in (CHOICE, BENCHMARK))
        raise ValueError(f"seed: {count} episodes from {first} on run into the benchmark's seeds ({kept}): begin at {BENCHMARK.stop}")
    return range(first, first + count)


__all__ = ["BENCHMARK", "CHOICE", "NAMED", "RUN_SEEDS", "judging_seeds", "learning_seed"]
