"""Options of a command from the fields of dataclasses: their types, defaults, ranges and docstrings are said once."""

import ast
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from itertools import pairwise
from typing import Annotated, Any, TypeVar

import typer

Command = TypeVar("Command", bound=Callable[..., None])


def documented(kind: type) -> dict[str, str]:
    """The docstring under each field of a dataclass, by the field's name; none where the source isn't there."""
    try:
        (found,) = ast.parse(inspect.getsource(kind)).body
    except OSError:
        return {}
    assert isinstance(found, ast.ClassDef)
    told = {}
    for one, after in pairwise(found.body):
        if isinstance(one, ast.AnnAssign) and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            told[ast.unparse(one.target)] = " ".join(str(after.value.value).split()).replace("`", "")
    return told


def with_fields(*kinds: type, but: Sequence[str] = (), named: Mapping[str, tuple[str, str]]) -> Callable[[Command], Command]:
    """Give a command an option for each field of some dataclasses, which it takes as `**options` by the fields' names.

    Args:
        kinds: The dataclasses.
        but: Fields that are no options.
        named: The flag and what it takes, for fields whose option isn't just called as they are.
    """

    def give(command: Command) -> Command:
        own = inspect.signature(command)
        parameters = [one for one in own.parameters.values() if one.kind is not one.VAR_KEYWORD]
        for kind in kinds:
            told = documented(kind)
            parameters += [
                _parameter(one, told.get(one.name, ""), *named.get(one.name, ("", ""))) for one in fields(kind) if one.name not in but
            ]
        command.__dict__["__signature__"] = own.replace(parameters=parameters)
        return command

    return give


def _parameter(one: "Field[Any]", told: str, flag: str, metavar: str) -> inspect.Parameter:
    """A field as a parameter that typer makes an option of."""
    default = one.default if one.default_factory is MISSING else one.default_factory()
    kind: Any = type(default)
    if default is None:
        kind = int | None
    elif not default and isinstance(default, tuple | Mapping):  # asked for one by one
        kind, default = list[str] | None, None
    elif isinstance(default, tuple):
        kind, default = str, ",".join(map(str, default))
    flag = flag or "--" + one.name.replace("_", "-")
    if default is True:
        flag += f"/--no-{flag.removeprefix('--')}"
    option = typer.Option(flag, help=told, metavar=metavar or None, min=one.metadata.get("low"), max=one.metadata.get("told"))
    return inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, option])


__all__ = ["documented", "with_fields"]
