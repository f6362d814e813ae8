"""The model of a whole scenario file; `load` makes one, `sandlot.envs` compiles it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    PrivateAttr,
    StrictBool,
    StrictStr,
    Tag,
    model_validator,
)

from ..formulas.types import Node, Type
from ..text import limits
from ..text.problems import shown, suggestion
from ..text.recipe import Recipe
from .drives import DRIVE_ACTIONS, DRIVE_FIELDS, ActionType, Motor
from .joints import Joint, JointEnd, match_ends, split_end
from .lessons import Lesson, Overlay
from .numbers import Number, Span, Varied
from .part import Part, bad
from .rules import (
    DRIVE_TARGETS,
    FLAG,
    NUMBER,
    End,
    Event,
    NumberOrFormula,
    Progress,
    RewardTerms,
    Rule,
)
from .senses import JOINT_FIELDS, JointSense, ObjectSense, SelfSense, Team
from .shoot import STATE as AMMO
from .shoot import Shoot, fill_in_projectiles
from .things import StateRange, Thing
from .values import Formula, Label, Name, PlainNumber, Text, expects, scalar_tag, tagger
from .world import Draw, View, World

FORMAT = "sandlot/1"


class ParamRange(Part):
    """A param with bounds."""

    default: StrictBool | PlainNumber = Field(description="Value when nobody sets it.")
    min: PlainNumber | None = Field(default=None, description="Least value anyone may set.")
    max: PlainNumber | None = Field(default=None, description="Greatest value anyone may set.")


Param = Annotated[
    FLAG | NUMBER | Annotated[ParamRange, Tag("<range>")],
    Discriminator(tagger(lambda value: "range" if isinstance(value, dict) else scalar_tag(value))),
    expects('a number, true, false or {"default": ...}', bool, int, float, dict),
]


def _check_format(value: Any) -> Any:
    if value != FORMAT:
        hint = suggestion(value, [FORMAT]) if isinstance(value, str) else ""
        raise bad(f'expected "{FORMAT}", got {shown(value)}{hint}')
    return value


@dataclass(frozen=True, slots=True)
class PaidTerm:
    """One reward term of one team, resolved.

    Attributes:
        name: Its name in logs.
        rule: The rule whose events are paid, None for formulas.
        node: The formula, None for rules.
        progress: Whether the change of the formula is paid instead of its value.
        weight: Paid for each event, or multiplies the formula.
    """

    name: str
    rule: str | None
    node: Node | None
    progress: bool
    weight: float | Varied


class Scenario(Part):
    """One validated game; frozen. `load` and `loads` make it."""

    schema_: Text | None = Field(default=None, alias="$schema", description="Path of scenario.schema.json, for editors.")
    extends: StrictStr | None = Field(
        default=None,
        description="A library game or a file beside this one; what stands here changes it.",
    )
    format: Annotated[Literal["sandlot/1"], BeforeValidator(_check_format)] = Field(description="Version of the language.")
    name: Label = Field(description="Name of the game: a-z, 0-9 and _.")
    version: Annotated[int, Span(0, 1_000_000, whole=True)] = Field(default=0, description="Version of the game; the N of sandlot/Name-vN.")
    about: Text = Field(default="", max_length=2000, description="One sentence for people.")
    params: dict[Name, Param] = Field(
        default={},
        max_length=limits.MAX_PARAMS,
        description='Numbers and switches that users may set; "$name" stands for them.',
    )
    world: World = Field(default_factory=World, description="The world itself.")
    draw: dict[Name, Draw] = Field(default={}, max_length=limits.MAX_DRAWS, description="Secrets drawn each episode.")
    let: dict[Name, Formula] = Field(
        default={},
        max_length=limits.MAX_LET,
        description="Names for formulas that others use: each stands for its formula in brackets.",
    )
    things: dict[Name, Thing] = Field(default={}, description="What is there and doesn't act.")
    teams: dict[Name, Team] = Field(description="Who acts; agents are named team_0, team_1, ...")
    joints: dict[Name, Joint] = Field(default={}, max_length=limits.MAX_KINDS, description="What holds things together.")
    rules: dict[Name, Rule] = Field(default={}, max_length=limits.MAX_RULES, description="What can happen.")
    rewards: dict[str, RewardTerms] = Field(default={}, description='What each team is paid for; "*" is every team.')
    end: End = Field(default_factory=End, description="When an episode is over.")
    score: dict[str, NumberOrFormula] = Field(default={}, description="How well each team did, a formula without self.")
    baseline: dict[str, dict[str, NumberOrFormula]] = Field(
        default={}, description="The scripted policy of each team: a formula for each action."
    )
    train: Overlay = Field(
        default={},
        max_length=limits.MAX_PARAMS,
        description='By param: its value or how it varies by world where agents learn (split="train").',
    )
    test: Overlay = Field(
        default={}, max_length=limits.MAX_PARAMS, description='The same where they are judged (split="test"): what they have not learnt on.'
    )
    lessons: tuple[Lesson, ...] = Field(
        default=(),
        max_length=limits.MAX_LESSONS,
        description="A curriculum: easier games to begin with, in order; the game itself comes last.",
    )
    view: View = Field(default_factory=View, description="How it is shown.")

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, data: Any) -> Any:
        return fill_in_projectiles(data) if isinstance(data, dict) else data

    _recipe: Recipe | None = PrivateAttr(None)
    _file: str = PrivateAttr("")
    _source: str = PrivateAttr("")
    _split: str | None = PrivateAttr(None)
    _lesson: str | None = PrivateAttr(None)
    _params_used: dict[str, float | bool] = PrivateAttr({})
    _formulas: dict[str, Node] = PrivateAttr({})
    _resolved: dict[str, Any] = PrivateAttr({})
    _varied: dict[str, Varied] = PrivateAttr({})
    _joined: dict[str, list[tuple[JointEnd, JointEnd]]] = PrivateAttr(default_factory=dict[str, list[tuple[JointEnd, JointEnd]]])

    def fill(
        self,
        recipe: Recipe,
        lesson: int | None,
        params_used: dict[str, float | bool],
        formulas: dict[str, Node],
        resolved: dict[str, Any],
        varied: dict[str, Varied],
    ) -> None:
        """Add what the loader knows; only library.py calls this, once."""
        self._recipe = recipe
        self._file, self._source, self._split = recipe.tree.source.file, recipe.text, recipe.split
        self._lesson = self.lessons[lesson].name if lesson is not None else None
        self._params_used, self._formulas, self._resolved, self._varied = params_used, formulas, resolved, varied

    @property
    def recipe(self) -> Recipe:
        """What it, its lessons and its like with other params are made of; for the loader."""
        assert self._recipe is not None, "only load and loads make scenarios"
        return self._recipe

    @property
    def file(self) -> str:
        """The file as it was named to load."""
        return self._file

    @property
    def source(self) -> str:
        """The text it was read from."""
        return self._source

    @property
    def split(self) -> str | None:
        """`train` or `test` if the game was loaded with that."""
        return self._split

    @property
    def lesson(self) -> str | None:
        """The lesson that this is, None for the game itself."""
        return self._lesson

    @property
    def params_used(self) -> Mapping[str, float | bool]:
        """Every param with the value that was used; of one that varies by world, that of the file."""
        return self._params_used

    @property
    def varied(self) -> Mapping[str, Varied]:
        """The params that vary by world, in the order of the file, each with the range that its uses leave."""
        return self._varied

    @property
    def formulas(self) -> Mapping[str, Node]:
        """The tree of every formula by its JSON path.

        A path of `rewards."*"` has one entry for each team, with `@team` at its end.
        """
        return self._formulas

    @property
    def resolved(self) -> Mapping[str, Any]:
        """The plain JSON after extends, like and params, before defaults; hashes are made of it."""
        return self._resolved

    @property
    def kinds(self) -> list[str]:
        """Names of things in file order, then of teams in file order."""
        return [*self.things, *self.teams]

    @property
    def agents(self) -> list[str]:
        """Ids of all agents, `<team>_<i>`."""
        return [f"{name}_{i}" for name, team in self.teams.items() for i in range(team.count)]

    @property
    def acting_teams(self) -> list[str]:
        """Teams with agents that can do anything."""
        return [name for name, team in self.teams.items() if team.count and self.actions_of(name)]

    def kind(self, name: str) -> Thing:
        """Return the thing or team of this name.

        Raises:
            KeyError: If there is none.
        """
        return self.teams[name] if name in self.teams else self.things[name]

    def section_of(self, kind: str) -> str:
        """Return the section of the file that a kind stands in."""
        return "teams" if kind in self.teams else "things"

    def actions_of(self, team: str) -> dict[str, ActionType]:
        """Return the actions of a team in order, "say" last, and the type of each."""
        who = self.teams[team]
        actions = dict(DRIVE_ACTIONS[who.drive.type]) if who.drive else {}
        if isinstance(who.drive, Motor):
            actions = dict.fromkeys(who.drive.joints, "number")
        if who.hands:
            actions |= dict.fromkeys(("grab", "lock") if who.hands.lock else ("grab",), "number")
        if who.shoot:
            actions["fire"] = "switch"
            if who.shoot.aim == "free":
                actions["aim"] = "vector"
        if who.says:
            actions["say"] = "number"
        return actions

    def states_of(self, kind: str) -> Mapping[str, bool | Number]:
        """Return the state variables of a kind and their values at the start, ammunition included."""
        states = {name: value.default if isinstance(value, StateRange) else value for name, value in self.kind(kind).state.items()}
        team = self.teams.get(kind)
        if team is None or team.shoot is None or team.shoot.ammo is None:
            return states
        return {**states, AMMO: team.shoot.ammo}

    def declared_range(self, kind: str, variable: str) -> tuple[float, float] | None:
        """Return the least and the greatest value that the file gives a state variable, if it does."""
        value = self.kind(kind).state.get(variable)
        return (value.min, value.max) if isinstance(value, StateRange) else None

    def shooters(self, kind: str) -> dict[str, Shoot]:
        """Return the teams that shoot a kind, and how."""
        return {name: team.shoot for name, team in self.teams.items() if team.shoot is not None and team.shoot.projectile == kind}

    def driven_fields(self, kind: str) -> dict[str, Type]:
        """Return what formulas may ask of those with a drive: what they want (the actions), and what the drive can do."""
        drive = self.teams[kind].drive if kind in self.teams else None
        if drive is None or isinstance(drive, Motor):
            return {}
        wishes: dict[str, Type] = {name: "vector" if asks == "vector" else "number" for name, asks in DRIVE_ACTIONS[drive.type].items()}
        return {**wishes, **dict.fromkeys(DRIVE_TARGETS, "number")}

    def self_fields(self, team: str, sense: SelfSense) -> tuple[str, ...]:
        """Return the fields of a self sense, defaults filled in."""
        if sense.self_ is not None:
            return sense.self_
        who = self.teams[team]
        turning = who.drive is not None and who.drive.type in ("tank", "rocket", "car")
        hands = ("holding",) if who.hands else ()
        return ("position", "velocity", *(("heading", "spin") if turning else ()), *self.drive_fields(team), *hands)

    def drive_fields(self, kind: str) -> tuple[str, ...]:
        """Return what can be seen of a kind's drive, beside what every body has."""
        drive = self.teams[kind].drive if kind in self.teams else None
        return DRIVE_FIELDS.get(drive.type, ()) if drive is not None else ()

    def may_push(self, first: str, second: str) -> bool:
        """Return whether things of two kinds may push each other."""
        bodies = (self.kind(first).body, self.kind(second).body)
        return "sensor" not in bodies and "dynamic" in bodies and self.collide(first, second)

    def collide(self, first: str, second: str) -> bool:
        """Return whether the lists of what kinds run into let two meet; each is a kind or "walls"."""
        lists = [(None if one == "walls" else self.kind(one).collides_with, other) for one, other in ((first, second), (second, first))]
        return all(listed is None or other in listed for listed, other in lists)

    def pushed_by(self, name: str) -> list[str]:
        """Return the kinds that a zone works on; none where the kind is no zone."""
        zone = self.kind(name).zone
        if zone is None:
            return []
        return [kind for kind in (self.kinds if zone.on is None else zone.on) if kind in self.kinds and self.kind(kind).body == "dynamic"]

    def object_fields(self, sense: ObjectSense) -> tuple[str, ...]:
        """Return the fields of an object sense, defaults filled in."""
        if sense.fields is not None:
            return sense.fields
        return ("offset", "velocity") if self.kind(sense.of).moves else ("offset",)

    def joint_fields(self, sense: JointSense) -> tuple[str, ...]:
        """Return the fields of a joint sense, defaults filled in."""
        if sense.fields is not None:
            return sense.fields
        joint = self.joints[sense.joint]
        breaks = joint.breaks_at is not None or any(sense.joint in rule.do.break_ for rule in self.rules.values())
        return (*JOINT_FIELDS[joint.type], *(("broken",) if breaks else ()))

    def joined(self, name: str) -> list[tuple[JointEnd, JointEnd]]:
        """Return the two ends of each joint of a name: (kind, index), or None for the world; a chain of one link has none.

        Raises:
            ValueError: If its ends can't be matched; the message says why.
        """
        if name not in self._joined:
            self._joined[name] = match_ends(self.joints[name].between, lambda kind: self.kind(kind).count)
        return self._joined[name]

    def who_met(self, event: Event) -> tuple[str | None, str | None]:
        """Return the kinds that take part in an event, first and second; None for nobody, and for walls and the world."""
        if event.hears is not None:
            return event.hears, None
        if event.breaks is not None:
            ends = [split_end(end)[0] for end in self.joints[event.breaks].between] if event.breaks in self.joints else []
            first, second = (*(None if kind == "world" else kind for kind in ends), None, None)[:2]
            return first, second
        first, second = event.pair or (None, None)
        return first, None if second == "walls" else second

    def meant(self, rule: Rule, word: str) -> str | None:
        """Return the kind that an effect of a rule names: "self" and "other" are the first and the second that met. None where there is no such thing."""
        if word not in ("self", "other"):
            return word if word in self.things or word in self.teams else None
        met = (None, None) if isinstance(rule.when, str) else self.who_met(rule.when)
        kind = met[0] if word == "self" else met[1]
        return kind if kind in self.kinds else None

    def is_removable(self, kind: str) -> bool:
        """Return whether a rule removes some of a kind."""
        return any(self.meant(rule, word) == kind for rule in self.rules.values() for word in rule.do.remove)

    def is_placed(self, kind: str) -> bool:
        """Return whether a rule places some of a kind."""
        return any(self.meant(rule, word) == kind for rule in self.rules.values() for word in rule.do.place)

    def is_own_joint(self, name: str, kind: str) -> bool:
        """Return whether each of a kind has its own joint of this name: the first the first one, and so on."""
        pairs, count = self.joined(name), self.kind(kind).count
        if len(pairs) != count:
            return False
        own = [(kind, index) for index in range(count)]
        return any([pair[side] for pair in pairs] == own for side in (0, 1))

    def holders_of(self, kind: str, *, locking: bool = False) -> list[str]:
        """Return the teams whose hands can grab a kind, or lock it (no team can be locked)."""
        if locking and kind in self.teams:
            return []
        return [
            name
            for name, team in self.teams.items()
            if team.hands is not None and kind in team.hands.grabs and (team.hands.lock or not locking)
        ]

    def marks_of(self, kind: str) -> list[str]:
        """Return what hands make true or false of each of a kind; fields in formulas and of senses."""
        marks = ["holding"] if kind in self.teams and self.teams[kind].hands is not None else []
        for word, locking in (("held", False), ("locked", True)):
            teams = self.holders_of(kind, locking=locking)
            marks += [word, *(f"{word}_by_{team}" for team in teams)] if teams else []
        return marks

    def is_shared(self, team: str) -> bool:
        """Return whether each member of a team gets the team's sum (its own word over "*")."""
        own = self.rewards.get(team)
        if own is not None and "shared" in own.model_fields_set:
            return own.shared
        return "*" in self.rewards and self.rewards["*"].shared

    def paid_terms(self, team: str) -> list[PaidTerm]:
        """Return the reward terms of a team: those of "*" first, its own over them."""
        terms: dict[str, PaidTerm] = {}
        for key, suffix in (("*", f"@{team}"), (team, "")):
            if key not in self.rewards:
                continue
            for name, term in self.rewards[key].terms.items():
                path = f"$.rewards.{key}.{name}"
                if isinstance(term, Progress):
                    node = self.formulas[f"{path}.progress{suffix}"]
                    terms[name] = PaidTerm(name, None, node, True, term.weight)
                elif isinstance(term, str):
                    terms[name] = PaidTerm(name, None, self.formulas[path + suffix], False, 1.0)
                else:
                    terms[name] = PaidTerm(name, name, None, False, term)
        return list(terms.values())
