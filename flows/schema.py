"""The JSON Schema of the flow file, for editors that complete and check as one types.

It is as strict about shape as `flows.source`; what needs the whole bot (names that exist, loops, consent) is left to
`flows.checks`. Plain scalars may be numbers or booleans to an editor where the runtime takes them as text: `to: 3`.
"""

from typing import Any

from filters.wire import condition_schema
from flows.model.base import ID_PATTERN, LANGUAGE_PATTERN, SUBJECT_PATTERN
from flows.model.bot import Bot
from flows.model.buttons import BUTTONS
from flows.model.parts import PARTS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SCALAR = ["string", "number", "boolean"]
_CHOICES = {"Part": PARTS, "Button": BUTTONS}
_WORDS: Schema = {"type": _SCALAR, "minLength": 1}
_TEXT: Schema = {
    "title": "Text",
    "description": "One text for everybody, or a text for each language. May hold placeholders.",
    "anyOf": [
        _WORDS,
        {
            "type": "object",
            "description": "The text by language, e.g. `{en: Hello, fr: Bonjour}`.",
            "patternProperties": {LANGUAGE_PATTERN: _WORDS},
            "additionalProperties": False,
            "minProperties": 1,
        },
    ],
}

_ONE_WAY: Schema = {
    "oneOf": [{"required": ["is"]}, {"required": ["contains"]}],
    "not": {"required": ["opt_in", "opt_out"]},
}


def flow_schema() -> Schema:
    """Return the schema (draft 2020-12) of a flow file."""
    raw = Bot.model_json_schema(by_alias=True)
    definitions: Schema = {name: _definition(name, schema) for name, schema in raw.pop("$defs").items()}
    for name, kinds in _CHOICES.items():
        definitions[name] = _choice(name, kinds)
    definitions["Text"] = _TEXT
    definitions["Condition"] = {"title": "Condition", **condition_schema(_SCALAR)}
    definitions["KeywordRule"].update(_ONE_WAY)
    bot = _definition("Bot", raw)
    return {
        "$schema": DIALECT,
        "title": "Assent flow file",
        **{key: value for key, value in bot.items() if key != "title"},
        "$defs": dict(sorted(definitions.items())),
    }


def _definition(name: str, schema: Schema) -> Schema:
    properties = {key: _property(value) for key, value in schema["properties"].items()}
    return {**schema, "title": _title(name), "properties": properties}


def _choice(name: str, kinds: dict[str, type[Any]]) -> Schema:
    """Return a choice of kinds, each told by a key of its own."""
    return {
        "title": name,
        "description": f"A {name.lower()}. Its key tells what it does: {', '.join(f'`{key}`' for key in kinds)}.",
        "type": "object",
        "oneOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in kinds.values()],
    }


def _title(name: str) -> str:
    """Return the name of a piece in words: `OptInButton` is an "opt in button"."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def _property(schema: Schema) -> Schema:
    noise = {"title"} if isinstance(schema.get("default"), str | int) else {"title", "default"}
    return _value({key: value for key, value in schema.items() if key not in noise})


def _value(schema: Schema) -> Schema:
    """Write what pydantic says of a value the way an editor reads it best."""
    extra: Schema = {key: schema[key] for key in ("description", "default") if key in schema}
    if schema.get("format") == "condition":
        return {"$ref": "#/$defs/Condition", **extra}
    if "oneOf" in schema:
        return {"$ref": f"#/$defs/{_choice_of(schema['oneOf'])}", **extra}
    if "anyOf" in schema:
        return {**_any_of([option for option in schema["anyOf"] if option != {"type": "null"}]), **extra}
    if "items" in schema:
        return {**schema, "items": _value(schema["items"])}
    if "patternProperties" in schema:
        values = {pattern: _value(value) for pattern, value in schema["patternProperties"].items()}
        return {**schema, "patternProperties": values, "additionalProperties": False}
    return _scalar(schema)


def _scalar(schema: Schema) -> Schema:
    if "const" in schema:
        return {
            **{key: schema[key] for key in schema if key != "const"},
            "type": _SCALAR,
            "enum": _as_seen(schema["const"]),
        }
    if (
        schema.get("type") == "string"
        and "enum" not in schema
        and schema.get("pattern", ID_PATTERN) in (ID_PATTERN, SUBJECT_PATTERN)
    ):
        return {**schema, "type": _SCALAR}
    return schema


def _as_seen(text: str) -> list[str | int]:
    """Return a constant as an editor may see it: `assent: 1` is a number to it."""
    return [text, int(text)] if text.isdigit() else [text]


def _any_of(options: list[Schema]) -> Schema:
    values = [_value(option) for option in options]
    if len(values) == 1:
        return values[0]
    if {value.get("type") for value in values if isinstance(value.get("type"), str)} == {"object"}:
        return {"$ref": "#/$defs/Text"}
    return {"anyOf": values}


def _choice_of(options: list[Schema]) -> str:
    """Name the choice that a list of references is."""
    names = {option["$ref"].rsplit("/", 1)[1] for option in options}
    return next(name for name, kinds in _CHOICES.items() if {kind.__name__ for kind in kinds.values()} == names)
