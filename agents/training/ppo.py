"""Proximal policy optimisation for teams, in one file: IPPO and MAPPO, feed-forward or recurrent.

Reads from top to bottom: networks, what agents may do, a learner (one network with its rows of experience) and its update. `Settings` stand in
the plan of a run; a `Collector` gets experience out of worlds.
Sources: Schulman et al. 2017 (the clipped objective), Schulman et al. 2016 (generalised advantage estimation), Yu et al. 2022 (MAPPO: a critic that sees the
state), Pardo et al. 2018 (what the clock cuts off is bootstrapped, what ends is not); the details follow Huang et al. 2022, "The 37 implementation details".
"""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...envs import VectorEnv
from ...envs.extras import needs
from ..policies.moves import for_worlds
from ..policies.policy_file import Card, card_for
from .plan import Settings

with needs("train"):
    import torch
    from torch import Tensor, nn

Array = NDArray[Any]
NEVER = -1e8
"""What the logit of a masked option is."""
AddUp = Callable[[Tensor], None]
"""Replaces a tensor by its sum over all processes of a run."""


class DivergedError(ArithmeticError):
    """What is learnt is no number any more."""


def usual_gamma(decisions: float) -> float:
    """A discount that looks no farther ahead than half an episode lasts, and no farther than 100 decisions.

    Beyond its clock an episode is worth what the critic guesses, of places where nobody ever was: with 0.99 in a game of 25 decisions that guess is
    most of the value, and learners run to where it is wrong.
    """
    return 1.0 - 1.0 / min(100.0, max(10.0, decisions / 2))


# --- networks ---------------------------------------------------------------------------------------------------------------------------------


class Network(nn.Module):
    """Layers with tanh, then perhaps a memory, then a linear output.

    Args:
        inputs: Numbers that come in.
        outputs: Numbers that go out.
        settings: Widths.
        gain: Size of the first outputs.
        chance: Where the first weights are drawn from.
    """

    def __init__(self, inputs: int, outputs: int, settings: Settings, gain: float, chance: torch.Generator) -> None:
        super().__init__()
        widths = [inputs, *settings.hidden]
        self.layers = nn.ModuleList(_linear(a, b, math.sqrt(2), chance) for a, b in itertools.pairwise(widths))
        self.memory = _memory(widths[-1], settings.memory, chance) if settings.memory else None
        self.out = _linear(settings.memory or widths[-1], outputs, gain, chance)

    def forward(self, x: Tensor, held: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs [T, n, out] and what is held after, [n, memory].

        Args:
            x: [T, n, inputs].
            held: [n, memory]: what was held before.
            begins: [T, n]: 1 where an episode begins with this row: nothing is remembered.
        """
        for layer in self.layers:
            x = torch.tanh(layer(x))
        if self.memory is not None:
            steps = []
            for now, begin in zip(x, begins, strict=True):
                held = self.memory(now, held * (1 - begin)[:, None])
                steps.append(held)
            x = torch.stack(steps)
        return self.out(x), held


def _linear(inputs: int, outputs: int, gain: float, chance: torch.Generator) -> nn.Linear:
    layer = nn.utils.skip_init(nn.Linear, inputs, outputs)
    nn.init.orthogonal_(layer.weight, gain, chance)
    nn.init.zeros_(layer.bias)
    return layer


def _memory(inputs: int, width: int, chance: torch.Generator) -> nn.GRUCell:
    cell = nn.utils.skip_init(nn.GRUCell, inputs, width)
    for name, values in cell.named_parameters():
        if name.startswith("weight"):
            nn.init.orthogonal_(values, 1.0, chance)
        else:
            nn.init.zeros_(values)
    return cell


class Actions:
    """What an agent may do: numbers drawn from normal distributions, choices from categorical ones.

    An action is a row [box + choices]: the numbers, then the index of each choice. Where `options`, bool [..., options of all choices], say that an option
    can do nothing, its probability is 0 (see `VectorEnv.action_masks`); None, or an empty last axis: all are open.
    """

    def __init__(self, card: Card) -> None:
        self.box, self.choices, self.discrete = card.box, card.choices, card.discrete
        self.outputs = self.box + sum(self.choices)
        self.size = self.box + len(self.choices)

    def _logits(self, wishes: Tensor, options: Tensor | None) -> Iterator[Tensor]:
        logits = wishes[..., self.box :]
        if options is not None and options.shape[-1]:
            logits = logits.masked_fill(~options, NEVER)  # no infinity: in the entropy it would meet a probability of 0
        yield from torch.split(logits, list(self.choices), -1)

    def sample(self, wishes: Tensor, log_std: Tensor, chance_of: torch.Generator, options: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Actions [n, size] and the logarithms of their probabilities [n]."""
        parts, chance = [], torch.zeros(wishes.shape[:-1])
        if self.box:
            noise = torch.randn(*wishes.shape[:-1], self.box, generator=chance_of)
            parts.append(wishes[..., : self.box] + log_std.exp() * noise)
            chance = chance + _normal(noise, log_std)
        for logits in self._logits(wishes, options):
            chances = torch.log_softmax(logits, -1)
            pick = torch.multinomial(chances.exp(), 1, generator=chance_of)
            parts.append(pick.to(torch.float32))
            chance = chance + chances.gather(-1, pick)[..., 0]
        return torch.cat(parts, -1), chance

    def judge(self, wishes: Tensor, log_std: Tensor, action: Tensor, options: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Logarithm of the probability of actions, and the entropy, both [n]."""
        chance, entropy = torch.zeros(wishes.shape[:-1]), torch.zeros(wishes.shape[:-1])
        if self.box:
            chance = chance + _normal((action[..., : self.box] - wishes[..., : self.box]) * torch.exp(-log_std), log_std)
            entropy = entropy + (log_std + 0.5 * math.log(2 * math.pi * math.e)).sum()
        for k, logits in enumerate(self._logits(wishes, options)):
            chances = torch.log_softmax(logits, -1)
            pick = action[..., self.box + k].long()
            chance = chance + chances.gather(-1, pick[..., None])[..., 0]
            entropy = entropy - (chances.exp() * chances).sum(-1)
        return chance, entropy

    def for_worlds(self, action: Tensor) -> Array:
        """Actions as the worlds take them: numbers within [-1, 1] and one number for each option, or choices."""
        return for_worlds(action[:, : self.box].clamp(-1, 1).numpy(), action[:, self.box :].long().numpy(), self.choices, self.discrete)


def _normal(noise: Tensor, log_std: Tensor) -> Tensor:
    return (-0.5 * noise * noise - log_std - 0.5 * math.log(2 * math.pi)).sum(-1)


class Normalizer:
    """Running mean and variance, by Chan et al. 1979 (batches are put together exactly).

    Args:
        size: How many numbers; 0 for one number without an axis.
    """

    def __init__(self, size: int = 0) -> None:
        shape = (size,) if size else ()
        self.mean, self.var, self.count = torch.zeros(shape), torch.ones(shape), torch.tensor(1e-4)

    def update(self, values: Tensor, add_up: AddUp | None = None) -> None:
        """Take in more values, [..., size]; `add_up`: those of all processes."""
        rows = values.reshape(-1, *self.mean.shape).to(torch.float64)
        sums = torch.stack([torch.full_like(self.mean, len(rows), dtype=torch.float64), rows.sum(0), rows.square().sum(0)])
        if add_up is not None:
            add_up(sums)
        count = sums[0].flatten()[0]
        if count == 0:
            return
        mean = sums[1] / count
        var, apart, total = (sums[2] / count - mean * mean).clamp(min=0), mean - self.mean, self.count + count
        spread = self.var * self.count + var * count + apart * apart * self.count * count / total
        self.mean, self.var = (self.mean + apart * count / total).float(), (spread / total).float()
        self.count = total.float()

    def follow(self, values: Tensor, add_up: AddUp | None = None) -> None:
        """Take in values of something that changes with time: older ones are forgotten."""
        before = self.count
        self.update(values, add_up)
        self.count = torch.minimum(self.count, 4 * (self.count - before))

    @property
    def scale(self) -> Tensor:
        """One over the standard deviation."""
        return torch.rsqrt(self.var + 1e-8)

    def __call__(self, values: Tensor) -> Tensor:
        """Values in units of their spread, about their mean, within 10."""
        return ((values - self.mean) * self.scale).clamp(-10, 10)

    def state(self) -> dict[str, Tensor]:
        """All that it knows."""
        return {"mean": self.mean, "var": self.var, "count": self.count}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Know what another one knew."""
        self.mean, self.var, self.count = state["mean"].clone(), state["var"].clone(), state["count"].clone()


# --- a learner --------------------------------------------------------------------------------------------------------------------------------


@dataclass
class Rollout:
    """Experience of a learner's n rows over T decisions; all [T, n, ...], float32 but for options."""

    told: Tensor
    """Observations as they came: what statistics are made of. Normalised ones are cut off, and would hide how wide a number really varies."""
    told_state: Tensor
    seen: Tensor
    """Observations as the networks see them."""
    state: Tensor
    action: Tensor
    chance: Tensor
    value: Tensor
    reward: Tensor
    ended: Tensor
    """1 where the row's episode ended with this decision, for whatever reason."""
    beyond: Tensor
    """What the critic expects after an episode that the clock cut off, else 0."""
    counts: Tensor
    """1 where the agent was there and this learner chose its action."""
    begins: Tensor
    """1 where the episode began with this decision."""
    options: Tensor
    """Which options were open, bool; an empty last axis where none is ever masked."""
    held: tuple[Tensor, Tensor] = field(default_factory=lambda: (torch.zeros(0), torch.zeros(0)))
    """What actor and critic remembered before the first decision."""

    @classmethod
    def empty(cls, steps: int, rows: int, seen: int, state: int, action: int, options: int) -> "Rollout":
        """Room for it."""
        one = (steps, rows)
        wide = [torch.zeros(*one, size) for size in (seen, state, seen, state, action)]
        parts = [*wide, *(torch.zeros(one) for _ in range(7)), torch.ones(*one, options, dtype=torch.bool)]
        return cls(*parts)

    def first(self, steps: int) -> "Rollout":
        """The same memory for fewer decisions."""
        return Rollout(*(getattr(self, one.name)[:steps] for one in fields(self) if one.name != "held"))


@dataclass(frozen=True)
class Role:
    """What a learner plays: all that it must know of the worlds, which may be anybody's."""

    card: Card
    """What it sees and may do; widths of layers aside, which are the learner's."""
    worlds: int
    """Played side by side."""
    agents: Mapping[str, int]
    """How many there are in each world, by team; all have the spaces of the card."""
    state: int = 0
    """Numbers that `state()` has; 0: the worlds have none."""
    decisions: float = math.inf
    """That the clock gives an episode."""


def role_of(env: VectorEnv, teams: Sequence[str]) -> Role:
    """What teams with equal spaces play in these worlds."""
    decisions = env.scenario.end.time / env.dt if env.scenario.end.time else math.inf
    card = card_for(env, teams[0], masked=any(env.can_mask(team) for team in teams))
    return Role(card, env.num_envs, {team: len(env.agents(team)) for team in teams}, env.state_space.shape[0], decisions)


class Learner:
    """One actor and one critic, and the teams that they play: all agents of these teams share them.

    Args:
        role: What to play.
        settings: How to learn.
        seed: Of the first weights; all its chance comes from `self.random`.
    """

    def __init__(self, role: Role, settings: Settings, seed: int = 0) -> None:
        if not settings.gamma:
            settings = replace(settings, gamma=usual_gamma(role.decisions))
        self.worlds, self.teams, self.settings = role.worlds, tuple(role.agents), settings
        self.random = torch.Generator().manual_seed(seed)
        self.card = replace(role.card, hidden=settings.hidden, memory=settings.memory)
        self.actions = Actions(self.card)
        inputs = len(self.card.observation)
        self.sees_state = settings.algo == "mappo"
        self.state_size = role.state if self.sees_state else 0
        self.actor = Network(inputs, self.actions.outputs, settings, 0.01, self.random)
        self.critic = Network(inputs + self.state_size, 1, settings, 1.0, self.random)
        self.log_std = nn.Parameter(torch.full((self.actions.box,), settings.log_std))
        self.optimizer = torch.optim.Adam(self.parameters(), settings.learning_rate, eps=1e-5)
        self.norm, self.state_norm, self.worth = Normalizer(inputs), Normalizer(self.state_size or 1), Normalizer()
        self.counts = list(role.agents.values())
        self.rows = self.worlds * sum(self.counts)
        self._room = Rollout.empty(settings.horizon, self.rows, inputs, self.state_size, self.actions.size, self._options)
        self.rollout = self._room
        self.held = torch.zeros(self.rows, settings.memory), torch.zeros(self.rows, settings.memory)
        self.begins = torch.ones(self.rows)

    @property
    def masked(self) -> bool:
        """Whether options are ever masked in its worlds."""
        return self.card.masked

    @property
    def _options(self) -> int:
        """How many options are noted for each decision."""
        return sum(self.actions.choices) if self.masked else 0

    def move(self, role: Role) -> None:
        """Go on in other worlds, as many and with the same spaces; every episode there is a new one."""
        self.card = replace(role.card, hidden=self.settings.hidden, memory=self.settings.memory)
        self._room.options = torch.ones(self.settings.horizon, self.rows, self._options, dtype=torch.bool)
        self.begins = torch.ones(self.rows)

    def make_room(self, steps: int) -> None:
        """Let the next rollout have so many decisions, at most the horizon."""
        self.rollout = self._room.first(steps)

    @property
    def learnt_from(self) -> int:
        """How many decisions of the rollout were its own: made by agents that were there, none by guests."""
        return int((self.rollout.counts > 0).sum())

    @property
    def _cuts(self) -> int:
        """Into how many parts a rollout is cut: the same in all processes of a run, whoever of their agents is out."""
        return max(1, min(round(self.rollout.counts.numel() / self.settings.minibatch), self.rows))

    def parameters(self) -> list[nn.Parameter]:
        """Everything that is learnt; where nothing is drawn from normal distributions, they have no spread to learn."""
        return [*self.actor.parameters(), *self.critic.parameters(), *([self.log_std] if self.actions.box else [])]

    # --- between worlds and rows --------------------------------------------------------------------------------------------------------------

    def gather(self, by_team: Mapping[str, Array]) -> Array:
        """From [E, A, ...] by team to this learner's rows [n, ...]: team after team, world after world."""
        parts = [by_team[team].reshape(-1, *by_team[team].shape[2:]) for team in self.teams]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def spread(self, values: Array) -> Array:
        """From one value for each world [E, ...] to one for each row."""
        parts = [np.repeat(values, count, axis=0) for count in self.counts]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def scatter(self, rows: Array) -> dict[str, Array]:
        """From rows back to [E, A, ...] by team."""
        found, first, worlds = {}, 0, self.worlds
        for team, count in zip(self.teams, self.counts, strict=True):
            found[team] = rows[first : first + worlds * count].reshape(worlds, count, *rows.shape[1:])
            first += worlds * count
        return found

    # --- acting and valuing -------------------------------------------------------------------------------------------------------------------

    def _critic_sees(self, seen: Tensor, state: Tensor) -> Tensor:
        return torch.cat([seen, state], -1) if self.sees_state else seen

    @torch.no_grad()
    def act(self, t: int, obs: Array, state: Array | None, options: Array | None = None) -> Array:
        """Choose actions for all rows, and note what is known before the worlds answer; `options`: bool [n, options], of a learner that is `masked`."""
        rollout = self.rollout
        if t == 0:
            rollout.held = self.held
        rollout.told[t] = torch.from_numpy(obs)
        seen = self.norm(rollout.told[t])
        rollout.seen[t], rollout.begins[t] = seen, self.begins
        if state is not None:
            rollout.told_state[t] = torch.from_numpy(state)
            rollout.state[t] = self.state_norm(rollout.told_state[t])
        wishes, actor_held = self.actor(seen[None], self.held[0], self.begins[None])
        value, critic_held = self.critic(self._critic_sees(seen, rollout.state[t])[None], self.held[1], self.begins[None])
        if not (wishes.isfinite().all() and self.log_std.exp().isfinite().all()):
            raise DivergedError(f"what {' and '.join(self.teams)} would do is no number any more")
        if options is not None:
            rollout.options[t] = torch.from_numpy(options)
        action, rollout.chance[t] = self.actions.sample(wishes[0], self.log_std, self.random, rollout.options[t])
        rollout.action[t], rollout.value[t] = action, self._worth(value)
        self.held = actor_held, critic_held
        return self.actions.for_worlds(action)

    @torch.no_grad()
    def value(self, obs: Array, state: Array | None, rows: Array | slice = slice(None)) -> Tensor:
        """What the critic expects of some rows from here on, [n]; with memory, of episodes that go on."""
        seen = self.norm(torch.from_numpy(obs))
        beside = self.state_norm(torch.from_numpy(state)) if state is not None else torch.zeros(len(obs), 0)
        held = self.held[1][rows]
        value, _ = self.critic(self._critic_sees(seen, beside)[None], held, torch.zeros(1, len(obs)))
        return self._worth(value)

    def _worth(self, value: Tensor) -> Tensor:
        """Rewards from what the critic says: it learns in units of the spread of returns, about their mean."""
        return value[0, :, 0] / self.worth.scale + self.worth.mean

    def note(self, t: int, reward: Tensor, ended: Tensor, counts: Tensor, beyond: Tensor) -> None:
        """Keep what the worlds answered."""
        rollout = self.rollout
        rollout.reward[t], rollout.ended[t], rollout.counts[t], rollout.beyond[t] = reward, ended, counts, beyond

    # --- learning -----------------------------------------------------------------------------------------------------------------------------

    def advantages(self, last: Tensor) -> tuple[Tensor, Tensor]:
        """Advantages and the critic's targets, both [T, n]; `last`: what the critic expects after the last decision, [n]."""
        rollout, gamma, trace = self.rollout, self.settings.gamma, self.settings.trace
        reward = rollout.reward
        advantage, ahead, after = torch.zeros_like(reward), torch.zeros(self.rows), last
        for t in reversed(range(len(reward))):
            goes_on = 1 - rollout.ended[t]
            delta = reward[t] + gamma * (after * goes_on + rollout.beyond[t]) - rollout.value[t]
            ahead = delta + gamma * trace * goes_on * ahead
            advantage[t], after = ahead, rollout.value[t]
        return advantage, advantage + rollout.value

    def learn(self, last: Tensor, rate: float, add_up: AddUp | None = None, processes: int = 1, acts: bool = True) -> dict[str, float]:
        """Update actor and critic from the rollout.

        Args:
            last: What the critic expects after the last decision, [n].
            rate: Learning rate.
            acts: Whether the actor learns; otherwise only the critic does.
            add_up: In a run of several processes, sums over them: gradients are averaged, statistics are of all, so that all stay the same.
            processes: How many there are.

        Returns:
            Losses, entropy, how far the policy moved (`kl`), the share of clipped probabilities, and how well the critic explains returns.
        """
        advantage, target = self.advantages(last)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        counts = self.rollout.counts > 0
        unexplained = (target - self.rollout.value)[counts].var() / (target[counts].var() + 1e-8)
        self.worth.follow(target[counts], add_up)
        target = (target - self.worth.mean) * self.worth.scale
        sums: dict[str, float] = {}
        for _ in range(self.settings.epochs):
            for part in self._parts():
                losses, numbers = self._losses(part, advantage, target, acts)
                self.optimizer.zero_grad()
                losses.backward()
                if add_up is not None:
                    for parameter in self.parameters():
                        assert parameter.grad is not None
                        add_up(parameter.grad)
                        parameter.grad /= processes
                nn.utils.clip_grad_norm_(self.parameters(), self.settings.max_gradient)
                self.optimizer.step()
                for name, number in numbers.items():
                    sums[name] = sums.get(name, 0.0) + number.item()
        if not all(bool(parameter.isfinite().all()) for parameter in self.parameters()):
            raise DivergedError(f"weights of {' and '.join(self.teams)} are no numbers any more")
        updates = self.settings.epochs * self._cuts
        self.norm.update(self.rollout.told[counts], add_up)
        if self.sees_state:
            self.state_norm.update(self.rollout.told_state[counts], add_up)
        return {name: total / updates for name, total in sums.items()} | {"explained": 1 - float(unexplained)}

    def _parts(self) -> Iterator[Tensor]:
        """Index the rollout part by part: single decisions, or with memory whole rows."""
        if self.settings.memory:
            yield from torch.randperm(self.rows, generator=self.random).tensor_split(self._cuts)
        else:
            known = torch.nonzero(self.rollout.counts.flatten() > 0)[:, 0]
            yield from known[torch.randperm(len(known), generator=self.random)].tensor_split(self._cuts)

    def _losses(self, part: Tensor, advantage: Tensor, target: Tensor, acts: bool) -> tuple[Tensor, dict[str, Tensor]]:
        rollout, settings = self.rollout, self.settings
        pick: Callable[[Tensor], Tensor]
        if settings.memory:
            pick = lambda values: values[:, part]  # noqa: E731
            held = rollout.held[0][part], rollout.held[1][part]
        else:
            pick = lambda values: values.flatten(0, 1)[part][None]  # noqa: E731
            held = torch.zeros(0), torch.zeros(0)
        seen, begins, weight = pick(rollout.seen), pick(rollout.begins), pick(rollout.counts)
        weight = weight / weight.sum().clamp(min=1)
        wishes, _ = self.actor(seen, held[0], begins)
        value, _ = self.critic(self._critic_sees(seen, pick(rollout.state)), held[1], begins)
        chance, entropy = self.actions.judge(wishes, self.log_std, pick(rollout.action), pick(rollout.options))
        moved = chance - pick(rollout.chance)
        ratio = moved.exp()
        gain = pick(advantage)
        mean = (weight * gain).sum()
        gain = (gain - mean) / ((weight * (gain - mean).square()).sum().sqrt() + 1e-8)
        bounded = torch.minimum(ratio * gain, ratio.clamp(1 - settings.clip, 1 + settings.clip) * gain)
        policy_loss = -(weight * bounded).sum()
        value_loss = 0.5 * (weight * (value[..., 0] - pick(target)).square()).sum()
        spread = (weight * entropy).sum()
        with torch.no_grad():
            numbers = {
                "policy_loss": policy_loss,
                "value_loss": value_loss,
                "entropy": spread,
                "kl": (weight * (ratio - 1 - moved)).sum(),
                "clipped": (weight * ((ratio - 1).abs() > settings.clip)).sum(),
            }
        actor_loss = policy_loss - settings.entropy * spread
        # Times 0 rather than left out: several processes add up every gradient.
        return settings.value_weight * value_loss + (actor_loss if acts else 0 * actor_loss), numbers

    # --- keeping ------------------------------------------------------------------------------------------------------------------------------

    def tensors(self) -> dict[str, Array]:
        """The actor as a policy file has it, see `shapes_of`."""
        return {name: values.detach().numpy().copy() for name, values in self._named_tensors().items()}

    def _named_tensors(self) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {"observation.mean": self.norm.mean, "observation.scale": self.norm.scale}
        for k, layer in enumerate(self.actor.layers):
            found[f"layer{k}.weight"], found[f"layer{k}.bias"] = layer.weight, layer.bias
        if self.actor.memory is not None:
            found |= {f"memory.{name}": values for name, values in self.actor.memory.named_parameters()}
        found |= {"out.weight": self.actor.out.weight, "out.bias": self.actor.out.bias}
        if self.actions.box:
            found["log_std"] = self.log_std
        return found

    def begin_with(self, card: Card, tensors: Mapping[str, Array]) -> None:
        """Start as a policy that exists.

        Raises:
            ValueError: Its layers are of other widths.
        """
        if (card.hidden, card.memory) != (self.settings.hidden, self.settings.memory):
            mine = f"{list(self.settings.hidden)} and {self.settings.memory}"
            raise ValueError(f"a policy with layers {list(card.hidden)} and memory {card.memory}; these settings have {mine}")
        named = {name: values for name, values in self._named_tensors().items() if not name.startswith("observation.")}
        with torch.no_grad():
            for name, values in named.items():
                values.copy_(torch.from_numpy(tensors[name]))
        scale = torch.from_numpy(tensors["observation.scale"].copy())
        # As if it had seen ten million observations: other units under its weights would make it another policy before it has learnt anything.
        self.norm.load({"mean": torch.from_numpy(tensors["observation.mean"].copy()), "var": scale**-2 - 1e-8, "count": torch.tensor(1e7)})

    def state(self) -> dict[str, Array]:
        """All that it knows, and all that its next update depends on."""
        found = {f"parameter{k}": values for k, values in enumerate(self.parameters())}
        for k, parameter in enumerate(self.parameters()):
            found |= {f"optimizer{k}.{name}": values for name, values in self.optimizer.state.get(parameter, {}).items()}
        for name, norm in self._norms().items():
            found |= {f"{name}.{part}": values for part, values in norm.state().items()}
        found |= {"held0": self.held[0], "held1": self.held[1], "begins": self.begins, "random": self.random.get_state()}
        return {name: values.detach().numpy().copy() for name, values in found.items()}

    def load(self, state: Mapping[str, Array]) -> None:
        """Be as another one was, which `state` told."""
        tensors = {name: torch.from_numpy(values.copy()) for name, values in state.items()}
        for k, parameter in enumerate(self.parameters()):
            with torch.no_grad():
                parameter.copy_(tensors[f"parameter{k}"])
            prefix = f"optimizer{k}."
            self.optimizer.state[parameter] = {
                name.removeprefix(prefix): values for name, values in tensors.items() if name.startswith(prefix)
            }
        for name, norm in self._norms().items():
            norm.load({part: tensors[f"{name}.{part}"] for part in norm.state()})
        self.held, self.begins = (tensors["held0"], tensors["held1"]), tensors["begins"]
        self.random.set_state(tensors["random"])

    def _norms(self) -> dict[str, Normalizer]:
        return {"norm": self.norm, "state_norm": self.state_norm, "worth": self.worth}
