"""An object of the file, and the error that one of its checks raises."""

from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from ..text.problems import shown


def bad(message: str, *, at: str | None = None) -> PydanticCustomError:
    """Return the error a validator raises; `at` moves it to a key of the value.

    The message is a template to pydantic, so it travels as the one value that fills it.
    """
    kind = f"at:{at}" if at else "here"
    return PydanticCustomError(kind, "{message}", {"message": message})  # pyright: ignore


class Part(BaseModel):
    """An object of the file: unknown keys are errors, nothing changes after loading."""

    # Built at the first load, once and inside out: importing is for everyone, loading for some.
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
    known_keys: ClassVar[frozenset[str]] = frozenset()

    @classmethod
    def __pydantic_init_subclass__(cls, **_kwargs: Any) -> None:
        """Note the JSON keys of the class."""
        cls.known_keys = frozenset(field.alias or name for name, field in cls.model_fields.items())

    @model_validator(mode="before")
    @classmethod
    def _mark_unknown(cls, data: Any) -> Any:
        """Hand the keys that exist to the error that pydantic will raise for one that doesn't."""
        if not isinstance(data, dict):
            raise bad(f"expected an object, got {shown(data)}")
        if cls.model_config.get("extra") != "forbid" or cls.known_keys.issuperset(data):
            return data
        return {key: value if key in cls.known_keys else UnknownKey(cls.known_keys) for key, value in data.items()}


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """Stands in for the value of a key that does not exist."""

    known: frozenset[str]
