"""Trained policies, run by NumPy alone: watching and playing against them needs no PyTorch."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .moves import as_numbers, for_worlds
from .policy_file import Card, Tensors, read_policy

if TYPE_CHECKING:
    from ...envs.compile.game import TeamLayout

Array = NDArray[Any]
NEVER = np.float32(-1e8)
"""What a masked option's logit is: far below all others, yet a number."""
CHUNK = 64
"""Rows that go through the network together, filled up with zeros: a matrix product may round differently for another number of rows, and
what an agent does must not depend on how many others are asked with it."""


class TrainedPolicy:
    """A small network that plays one team.

    Args:
        card: What it was made for.
        tensors: Its numbers, as `shapes_of` lists them.
        act: `mode` or `sample` instead of what the card says.

    Attributes:
        masked: Whether it wants to be told which options are open: see `envs.policy.Policy`.
        numbers: The team that it plays, where its choices must be turned into numbers, as the worlds take these; None elsewhere.
    """

    def __init__(self, card: Card, tensors: Tensors, act: str | None = None) -> None:
        self.card, self.tensors = card, tensors
        self.masked = card.masked
        self.numbers: TeamLayout | None = None
        self._sample = (act or card.act) == "sample"
        self._layers = [(tensors[f"layer{k}.weight"].T.copy(), tensors[f"layer{k}.bias"]) for k in range(len(card.hidden))]
        self._out = tensors["out.weight"].T.copy(), tensors["out.bias"]
        self.memory = np.zeros((0, card.memory), np.float32)

    @classmethod
    def load(cls, path: str | Path, act: str | None = None) -> "TrainedPolicy":
        """Read one from a file; see `read_policy`."""
        return cls(*read_policy(path), act)

    def twin(self) -> "TrainedPolicy":
        """The same policy with a memory of its own."""
        made = TrainedPolicy(self.card, self.tensors, "sample" if self._sample else "mode")
        made.numbers = self.numbers
        return made

    def __repr__(self) -> str:
        return f"TrainedPolicy({self.card.game}, {self.card.team})"

    def reset(self, count: int) -> None:
        """Begin episodes of `count` agents: nothing is remembered."""
        self.memory = np.zeros((count, self.card.memory), np.float32)

    def restart(self, rows: Array) -> None:
        """Some agents begin a new episode, bool [n]."""
        self.memory[rows] = 0

    def act(self, obs: Array, mask: Array, rng: np.random.Generator, options: Array | None = None) -> Array:
        """Actions [n, K] (continuous), [n] or [n, choices] (discrete) for observations [n, O]; `mask` makes no difference.

        `options`: bool [n, options]: those that it may choose; None: any.
        """
        if self.card.memory and len(self.memory) != len(obs):
            self.reset(len(obs))
        wishes = (
            np.concatenate([self._think(obs, first) for first in range(0, len(obs), CHUNK)])
            if len(obs)
            else np.zeros((0, self._out[1].size), np.float32)
        )
        if options is not None:
            wishes[:, self.card.box :] = np.where(options, wishes[:, self.card.box :], NEVER)
        return self._choose(wishes, rng)

    def _think(self, obs: Array, first: int) -> Array:
        """Outputs of the network for one chunk of rows."""
        rows = min(CHUNK, len(obs) - first)
        x = np.zeros((CHUNK, obs.shape[1]), np.float32)
        x[:rows] = obs[first : first + rows]
        x = np.clip((x - self.tensors["observation.mean"]) * self.tensors["observation.scale"], -10, 10)
        for weight, bias in self._layers:
            x = np.tanh(x @ weight + bias)
        if self.card.memory:
            held = np.zeros((CHUNK, self.card.memory), np.float32)
            held[:rows] = self.memory[first : first + rows]
            x = self._remember(x, held)
            self.memory[first : first + rows] = x[:rows]
        weight, bias = self._out
        return np.asarray((x @ weight + bias)[:rows])

    def _remember(self, x: Array, held: Array) -> Array:
        """A gated recurrent unit, as PyTorch's GRUCell: gates in the order reset, update, new."""
        t = self.tensors
        gi, gh = x @ t["memory.weight_ih"].T + t["memory.bias_ih"], held @ t["memory.weight_hh"].T + t["memory.bias_hh"]
        (ir, iz, i_n), (hr, hz, hn) = np.split(gi, 3, 1), np.split(gh, 3, 1)
        reset, update = _sigmoid(ir + hr), _sigmoid(iz + hz)
        new = np.tanh(i_n + reset * hn)
        return np.asarray((1 - update) * new + update * held, np.float32)

    def _choose(self, wishes: Array, rng: np.random.Generator) -> Array:
        """From means and logits to actions of the space."""
        card, box = self.card, wishes[:, : self.card.box]
        if card.box:
            noise = np.exp(self.tensors["log_std"]) * rng.standard_normal(box.shape, np.float32) if self._sample else np.float32(0)
            box = np.clip(box + noise, -1, 1)
        first = card.box
        picks = []
        for options in card.choices:
            logits = wishes[:, first : first + options]
            if self._sample:
                logits = logits + rng.gumbel(size=logits.shape)
            picks.append(logits.argmax(1))
            first += options
        picked = np.stack(picks, 1) if picks else np.zeros((len(box), 0), np.int64)
        return for_worlds(box, picked, card.choices, card.discrete) if self.numbers is None else as_numbers(self.numbers, picked)


def _sigmoid(x: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))


__all__ = ["CHUNK", "TrainedPolicy"]
