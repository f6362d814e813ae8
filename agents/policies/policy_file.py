"""Policies as files: safetensors for the numbers, a JSON card for what they are of. Nothing in them is ever executed."""

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...envs.files import write_whole
from ...scenarios import ScenarioError, with_params
from ...scenarios.describe.canonical import scenario_hash
from ...scenarios.model.numbers import reach
from ...scenarios.model.values import FREE

if TYPE_CHECKING:
    from ...envs import VectorEnv
    from ...scenarios import Scenario

FORMAT = "sandlot-policy/1"
Tensors = dict[str, NDArray[np.float32]]


class PolicyFileError(ValueError):
    """A policy file that can't be used: which file, what was expected, what came."""


@dataclass(frozen=True)
class Card:
    """What a policy was made for, and how.

    Attributes:
        game: Name of the game.
        version: Its version.
        scenario_hash: SHA-256 of the game as it was resolved.
        params: Values of the game's params; of one that varied, how.
        team: The team it was trained as.
        observation: Name of each number that it sees.
        box: How many numbers of an action are continuous.
        choices: How many options each choice of an action has.
        discrete: Whether it plays the game's discrete actions; otherwise a choice is said by a number for each option, 1 for the chosen one.
        masked: Whether it was trained to choose among those options only that could do anything (see `VectorEnv.action_masks`).
        hidden: Widths of the layers.
        memory: Width of the recurrent state, 0 without one.
        act: `mode` (the likeliest action) or `sample`.
        trained: How: algorithm, agent decisions, opponents, seed, sandlot's version.
        results: What evaluations found, by name.
    """

    game: str
    version: int
    scenario_hash: str
    params: dict[str, Any]
    team: str
    observation: tuple[str, ...]
    box: int
    choices: tuple[int, ...] = ()
    discrete: bool = False
    masked: bool = False
    hidden: tuple[int, ...] = (64, 64)
    memory: int = 0
    act: str = "mode"
    trained: dict[str, Any] = field(default_factory=dict[str, Any])
    results: dict[str, Any] = field(default_factory=dict[str, Any])
    format: str = FORMAT


def card_for(env: "VectorEnv", team: str, **more: Any) -> Card:
    """The card of a policy for a team of these worlds; `more` fills what the worlds don't know."""
    scenario = env.scenario
    layout = next(one for one in env.game.teams if one.name == team)
    discrete = env.game.discrete
    box, choices = layout.parts(discrete)
    return Card(
        game=scenario.name,
        version=scenario.version,
        scenario_hash=scenario_hash(scenario),
        params=params_of(scenario),
        team=team,
        observation=tuple(name for name, _ in env.observation_names(team)),
        box=box,
        choices=choices,
        discrete=discrete,
        **more,
    )


def params_of(scenario: "Scenario") -> dict[str, Any]:
    """Values of a game's params; of one that varies by world, how it is drawn."""
    return {
        name: scenario.varied[name].drawn.to_json() if name in scenario.varied else value for name, value in scenario.params_used.items()
    }


def write_arrays(path: str | Path, arrays: Mapping[str, NDArray[Any]], words: Mapping[str, Any]) -> Path:
    """Write a safetensors file, whole or not at all; `words` are JSON in its metadata."""
    from safetensors.numpy import save

    whole = {name: np.asarray(array, order="C") for name, array in arrays.items()}  # `ascontiguousarray` would give a single number an axis
    data = save(whole, {"sandlot": json.dumps(words)})
    return write_whole(path, lambda stream: stream.writelines([data]))


def read_arrays(path: str | Path) -> tuple[str, dict[str, NDArray[Any]]]:
    """The text of the words in a safetensors file (`null` where there are none), and its arrays.

    Raises:
        PolicyFileError: There is no such file, or it is damaged.
    """
    from safetensors import SafetensorError, safe_open

    if not Path(path).is_file():
        raise PolicyFileError(f"{path}: there is no such file")
    try:
        with safe_open(str(path), framework="numpy") as file:
            return (file.metadata() or {}).get("sandlot", "null"), {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, OSError, TypeError, AttributeError) as error:  # the last two: numbers of a type that NumPy has not
        raise PolicyFileError(f"{path}: expected a safetensors file, got {error}") from error


def save_policy(path: str | Path, card: Card, tensors: Mapping[str, NDArray[Any]]) -> Path:
    """Write a policy, whole or not at all."""
    return write_arrays(path, {name: np.asarray(array, np.float32) for name, array in tensors.items()}, asdict(card))


def read_policy(path: str | Path) -> tuple[Card, Tensors]:
    """Read a policy.

    Raises:
        PolicyFileError: It is none, or damaged.
    """
    text, tensors = read_arrays(path)
    if text == "null":
        raise PolicyFileError(f"{path}: a safetensors file, but no policy of sandlot (its metadata has no card)")
    try:
        card = card_from(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise PolicyFileError(f"{path}: its card can't be read: {error}") from error
    _check_tensors(Path(path), card, tensors)
    return card, tensors


def card_from(data: Any) -> Card:
    """A card from its JSON.

    Raises:
        ValueError: It is none, or says something that no card says.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError(f"expected format {FORMAT!r}, got {data.get('format')!r}" if isinstance(data, dict) else "expected an object")
    for one in fields(Card):
        if one.name not in data and one.default is MISSING and one.default_factory is MISSING:
            raise ValueError(f"it says nothing of {one.name}")
    said = {one.name: data[one.name] for one in fields(Card) if one.name in data}
    for name, value in said.items():
        what, fits = _SAYS[name]
        if not fits(value):
            raise ValueError(f"{name}: expected {what}, got {value!r:.60}")
    return Card(**said | {name: tuple(said[name]) for name in ("observation", "choices", "hidden") if name in said})


def _is_whole(low: int) -> Callable[[Any], bool]:
    """Whether something is a whole number from `low` to what a network can have."""
    return lambda value: type(value) is int and low <= value <= _MOST


def _are(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Whether something is a list of such."""
    return lambda value: isinstance(value, list | tuple) and all(map(fits, value))


def _is(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind)


_MOST = 1 << 24
_TEXT, _FLAG, _TABLE = ("a text", _is(str)), ("true or false", _is(bool)), ("an object", _is(dict))
_SAYS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "game": _TEXT, "version": ("a whole number from 0", _is_whole(0)), "scenario_hash": _TEXT, "params": _TABLE, "team": _TEXT,
    "observation": ("a list of texts", _are(_is(str))), "box": ("a whole number from 0", _is_whole(0)),
    "choices": ("a list of whole numbers from 1", _are(_is_whole(1))), "discrete": _FLAG, "masked": _FLAG,
    "hidden": ("a list of whole numbers from 1", _are(_is_whole(1))), "memory": ("a whole number from 0", _is_whole(0)),
    "act": ("mode or sample", lambda value: value in ("mode", "sample")), "trained": _TABLE, "results": _TABLE, "format": _TEXT,
}  # fmt: skip
"""What a card's words may be, by name."""


def shapes_of(card: Card) -> dict[str, tuple[int, ...]]:
    """The tensors that a policy with this card has, and their shapes."""
    inputs, outputs = len(card.observation), card.box + sum(card.choices)
    shapes: dict[str, tuple[int, ...]] = {"observation.mean": (inputs,), "observation.scale": (inputs,)}
    widths = [inputs, *card.hidden]
    for k, (before, after) in enumerate(itertools.pairwise(widths)):
        shapes[f"layer{k}.weight"], shapes[f"layer{k}.bias"] = (after, before), (after,)
    last = widths[-1]
    if card.memory:
        shapes |= {
            "memory.weight_ih": (3 * card.memory, last),
            "memory.weight_hh": (3 * card.memory, card.memory),
            "memory.bias_ih": (3 * card.memory,),
            "memory.bias_hh": (3 * card.memory,),
        }
        last = card.memory
    shapes["out.weight"], shapes["out.bias"] = (outputs, last), (outputs,)
    if card.box:
        shapes["log_std"] = (card.box,)
    return shapes


def _check_tensors(path: Path, card: Card, tensors: Tensors) -> None:
    wanted, there = shapes_of(card), {name: array.shape for name, array in tensors.items()}
    for name in sorted(wanted.keys() | there.keys()):
        if wanted.get(name) != there.get(name):
            raise PolicyFileError(f"{path}: {name}: expected {wanted.get(name, 'nothing')}, got {there.get(name, 'nothing')}")
        if tensors[name].dtype != np.float32:
            raise PolicyFileError(f"{path}: {name}: expected float32, got {tensors[name].dtype}")
        if not np.isfinite(tensors[name]).all():
            raise PolicyFileError(f"{path}: {name}: numbers that are not finite")


def obstacles(card: Card, env: "VectorEnv", team: str, *, translated: bool = False) -> list[str]:
    """Why a policy can't play a team of these worlds; empty if it can.

    Args:
        card: The policy's.
        env: The worlds.
        team: Of which team.
        translated: Whether choices may be turned into numbers where these worlds take numbers (`moves.as_numbers`).
    """
    mine, found = card_for(env, team), []
    if translated and card.discrete and not mine.discrete:
        layout = next(one for one in env.game.teams if one.name == team)
        mine = replace(mine, box=0, choices=tuple(layout.options), discrete=True)
    if card.discrete != mine.discrete:
        words = {True: "discrete", False: "continuous"}
        found.append(f"it plays {words[card.discrete]} actions, these worlds take {words[mine.discrete]} ones")
    elif (card.box, card.choices) != (mine.box, mine.choices):
        found.append(
            f"its actions have {card.box} numbers and choices {list(card.choices)}, here they have {mine.box} and {list(mine.choices)}"
        )
    if len(card.observation) != len(mine.observation):
        found.append(f"it sees {len(card.observation)} numbers, here there are {len(mine.observation)}")
    different = [(k, a, b) for k, (a, b) in enumerate(zip(card.observation, mine.observation, strict=False)) if a != b]
    if different:
        k, a, b = different[0]
        found.append(
            f"number {k} of its observation is {a!r}, here it is {b!r}"
            + (f" (and {len(different) - 1} more)" if len(different) > 1 else "")
        )
    return found


def differences(card: Card, env: "VectorEnv") -> list[str]:
    """How the game differs from the one a policy was trained on; empty if it is the same.

    A param that lies in the range it was trained on makes no other game, and neither does what the game itself holds back for judging.
    """
    scenario = env.scenario
    if card.scenario_hash == scenario_hash(scenario):
        return []
    if card.game != scenario.name:
        return [f"it was trained on {card.game}"]
    found = [f"version {card.version}, now {scenario.version}"] if card.version != scenario.version else []
    now = params_of(scenario)
    judged = scenario.test.keys() if scenario.split == "test" else ()
    found += [
        f"{name} = {card.params.get(name)}, now {now.get(name)}"
        for name in sorted(card.params.keys() | now.keys())
        if name not in judged and not _covers(card.params.get(name), now.get(name))
    ]
    return found if _same_text(card, scenario) else [*found, "the game's text has changed"]


def _covers(trained: Any, now: Any) -> bool:
    """Whether a policy knows a param's value, which may vary."""
    if isinstance(trained, dict) and isinstance(now, int | float):
        low, high = reach(FREE.check_random(trained))
        return low <= now <= high
    return bool(trained == now)


def _same_text(card: Card, scenario: "Scenario") -> bool:
    """Whether a card is of the same text, whatever the params."""
    try:
        return scenario_hash(with_params(scenario, card.params)) == card.scenario_hash
    except ScenarioError:
        return False


__all__ = [
    "Card", "PolicyFileError", "card_for", "card_from", "differences", "obstacles", "params_of", "read_arrays", "read_policy", "save_policy", "shapes_of",
    "write_arrays",
]  # fmt: skip
