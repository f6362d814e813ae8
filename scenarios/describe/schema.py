"""The JSON Schema of a scenario file, made from the model, for editors.

It is more lenient than the loader: with `extends` and `like` any object may be a fragment, so
hardly anything is required, and null removes.
"""

import json
from pathlib import Path
from typing import Any, TypeAlias, get_args

from pydantic.fields import FieldInfo

from ..model.numbers import Span
from ..model.part import Part
from ..model.scenario import Scenario
from ..model.values import PARAM_PATTERN
from ..resolve.extend import LIBRARY
from ..text.limits import MAX_CHOICES

Json: TypeAlias = dict[str, Any]

SCHEMA_FILE = LIBRARY / "scenario.schema.json"
_PARAM: Json = {"type": "string", "pattern": PARAM_PATTERN}
_NUMBERS: Json = {"type": "array", "items": {"anyOf": [{"type": "number"}, _PARAM]}}
# These stand in lists, which nothing merges into, so what they need they must have.
_WHOLE = (
    "ObjectSense",
    "RaySense",
    "HearSense",
    "KnowSense",
    "JointSense",
    "StateSense",
    "SelfSense",
    "TouchSense",
    "Lesson",
)


def schema() -> Json:
    """Return the JSON Schema of `sandlot/1`."""
    raw = Scenario.model_json_schema(by_alias=True)
    defs: Json = {name: _tidy(body, name) for name, body in raw.pop("$defs").items()}
    defs["random"] = _random()
    for model in _parts(Scenario):
        body = defs.get(model.__name__)
        if body is not None:
            _describe(model, body)
    root = _tidy(raw, "Scenario")
    _describe(Scenario, root)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "sandlot scenario",
        "allowComments": True,
        "allowTrailingCommas": True,
        **root,
        "if": {"required": ["extends"]},
        "else": {"required": ["format", "name", "teams"]},
        "$defs": defs,
    }


def schema_text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def write_schema(folder: Path) -> Path:
    """Write the schema into a folder; return the file."""
    path = folder / SCHEMA_FILE.name
    path.write_text(schema_text(), encoding="utf-8")
    return path


def _random() -> Json:
    pair = _NUMBERS | {"minItems": 2, "maxItems": 2}
    many = _NUMBERS | {"minItems": 1, "maxItems": MAX_CHOICES}
    texts = {
        "uniform": "Evenly from low to high: `[low, high]`.",
        "normal": "Normally distributed: `[mean, standard deviation]`.",
        "one_of": "One of these numbers.",
    }
    return {
        "type": "object",
        "description": "A number that is drawn anew each episode, for each instance.",
        "properties": {key: (many if key == "one_of" else pair) | {"description": text} for key, text in texts.items()},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


def _tidy(body: Any, name: str = "") -> Any:
    """Return a part of pydantic's schema without noise, open to params and fragments."""
    if isinstance(body, list):
        return [_tidy(item) for item in body]
    if not isinstance(body, dict):
        return body
    if body == {"random": True}:
        return {"$ref": "#/$defs/random"}
    tidy: Json = {}
    for key, value in body.items():
        if key in ("title", "default") and not isinstance(value, dict):
            continue
        if key == "required" and name not in _WHOLE:
            continue
        if key == "oneOf":
            key = "anyOf"  # a fragment may fit several variants
        if key == "properties":
            tidy[key] = {field: _nullable(_tidy(child)) for field, child in value.items()}
        elif key == "patternProperties":
            ((pattern, child),) = value.items()  # names by one pattern
            tidy["additionalProperties"] = _tidy(child)
            tidy["propertyNames"] = {"pattern": pattern}
        else:
            tidy[key] = _tidy(value)
    if "anyOf" in tidy:
        tidy["anyOf"] = _flat(tidy["anyOf"])
    takes_param = tidy.get("type") in ("boolean", "number", "integer") or _is_flag(tidy)
    if takes_param and not name:
        words = {key: tidy.pop(key) for key in ("description",) if key in tidy}
        return {"anyOf": [tidy, _PARAM], **words}
    return tidy


def _flat(options: list[Json]) -> list[Json]:
    """Return alternatives without alternatives inside, each once."""
    flat: list[Json] = []
    for option in options:
        for one in option["anyOf"] if set(option) == {"anyOf"} else [option]:
            if one not in flat:
                flat.append(one)
    return flat


def _is_flag(body: Json) -> bool:
    values = body.get("enum", [body.get("const")])
    return all(isinstance(value, bool | int) for value in values)


def _nullable(body: Json) -> Json:
    """Let null stand for a property: it removes what was inherited."""
    words = {key: body.pop(key) for key in ("description",) if key in body}
    options = body.pop("anyOf") if set(body) == {"anyOf"} else [body]
    if {"type": "null"} not in options:
        options = [*options, {"type": "null"}]
    return {"anyOf": options, **words}


def _parts(model: type[Part]) -> list[type[Part]]:
    """Return all models that a model is made of."""
    found: list[type[Part]] = []

    def walk(annotation: Any) -> None:
        if isinstance(annotation, type) and issubclass(annotation, Part):
            if annotation not in found:
                found.append(annotation)
                for field in annotation.model_fields.values():
                    walk(field.annotation)
                    for note in field.metadata:
                        walk(note)
                extra = annotation.__annotations__.get("__pydantic_extra__")
                walk(extra)
            return
        for arg in get_args(annotation):
            walk(arg)

    walk(model)
    return found


def _describe(model: type[Part], body: Json) -> None:
    """Give every property a description with range, unit and default."""
    for name, field in model.model_fields.items():
        prop: Json = body["properties"][field.alias or name]
        words = [str(field.description or "")]
        wanted = field_type(field)
        if wanted:
            words.append(f"_{wanted[0].upper()}{wanted[1:]}._")
        default = field_default(field)
        if default is not None:
            words.append(f"Default: `{default}`.")
        prop["description"] = words[0]
        prop["markdownDescription"] = "\n\n".join(words)


def field_spans(field: FieldInfo) -> list[Span]:
    """Return the number ranges of a field."""
    found: list[Span] = []

    def walk(annotation: Any) -> None:
        if isinstance(annotation, Span) and annotation not in found:
            found.append(annotation)
        for arg in get_args(annotation):
            walk(arg)

    for note in field.metadata:
        walk(note)
    walk(field.annotation)
    return found


def field_type(field: FieldInfo) -> str:
    """Return range and unit of a field's numbers, "" where it has none."""
    spans = field_spans(field)
    if not spans:
        return ""
    random = ", may be random" if spans[0].random else ""
    return f"{spans[0].wanted}{random}"


def field_default(field: FieldInfo) -> str | None:
    """Return the default of a field as JSON, None where it has none worth saying."""
    value = field.default
    if field.is_required() or field.default_factory or value is None or value in ({}, ()):
        return None
    if isinstance(value, tuple) and any(isinstance(item, Part) for item in value):
        return '["self"]'
    return json.dumps(value)
