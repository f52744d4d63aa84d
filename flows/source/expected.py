"""What the flow file expects at a place, and what is wrong with a value there, in words."""

from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from flows.model.base import (
    DURATION_PATTERN,
    ID_PATTERN,
    LANGUAGE_PATTERN,
    SUBJECT_PATTERN,
    SUBSCRIPTION_PATTERN,
    URL_PATTERN,
    Piece,
)
from flows.model.bot import Bot
from flows.model.buttons import BUTTONS, kind_of
from flows.model.parts import PARTS
from flows.source.nodes import (
    Data,
    Place,
    Trouble,
)

Kinds = dict[str, type[Any]]

_KINDS: tuple[tuple[str, Kinds], ...] = (("part", PARTS), ("button", BUTTONS))


def expected_at(path: Sequence[str | int], data: Data) -> Any:  # noqa: ANN401  # annotations have no type
    """Return the annotation of the value at `path`, None where the model has none."""
    annotation: Any = Bot
    for step in path:
        shape = fitting(annotation, data)
        if isinstance(data, dict) and isinstance(step, str):
            annotation = keys_of(shape).get(step, _values_of(shape))
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            annotation = get_args(shape)[0] if get_origin(shape) is tuple else None
            data = data[step]
        else:
            return None
    return annotation


def fitting(annotation: Any, data: Data) -> Any:  # noqa: ANN401
    """Choose, of what `annotation` allows, the one that `data` was meant to be; None when nothing comes near."""
    options = _options(annotation)
    kinds = kinds_of(annotation)
    if kinds is not None:
        tag = kind_of(data, kinds[1])
        return None if tag is None else kinds[1][tag[1:]]
    if isinstance(data, dict):
        return next((option for option in options if get_origin(option) is dict or is_piece(option)), None)
    if isinstance(data, list):
        return next((option for option in options if get_origin(option) is tuple), None)
    return next(
        (option for option in options if get_origin(option) not in (dict, tuple) and not is_piece(option)), None
    )


def kinds_of(annotation: Any) -> tuple[str, Kinds] | None:  # noqa: ANN401
    """Return the name and table of the kinds that `annotation` offers, None when it is no choice of kinds."""
    options = set(_options(annotation))
    return next(((name, kinds) for name, kinds in _KINDS if options == set(kinds.values())), None)


def keys_of(shape: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the keys of a piece, as they are written in a file, with what each expects."""
    if not is_piece(shape):
        return {}
    return {field.alias or name: field.annotation for name, field in shape.model_fields.items()}


def is_piece(shape: Any) -> bool:  # noqa: ANN401
    return isinstance(shape, type) and issubclass(shape, Piece)


def in_words(annotation: Any) -> str:  # noqa: ANN401
    """Say what is expected: "a text, or a text for each language"."""
    kinds = kinds_of(annotation)
    if kinds is not None:
        return f"a {kinds[0]}, which has one of the keys {listed(kinds[1])}"
    options = _options(annotation)
    origins = [get_origin(option) for option in options]
    if str in options and dict in origins:
        return "a text, or a text for each language (`{en: Hello, fr: Bonjour}`)"
    if str in options and tuple in origins:
        of_parts = kinds_of(get_args(options[origins.index(tuple)])[0]) is not None
        return "a message's id, or a list of parts" if of_parts else "words with commas between, or a list of words"
    return " or ".join(_one_in_words(option) for option in options)


def _one_in_words(option: Any) -> str:  # noqa: ANN401
    if get_origin(option) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(option))
    if get_origin(option) is dict:
        return "names, with something under each"
    if get_origin(option) is tuple:
        return "a list"
    if is_piece(option):
        return f"the keys {listed(keys_of(option))}"
    return {bool: "`true` or `false`", int: "a whole number"}.get(option, "a text")


def listed(keys: Any) -> str:  # noqa: ANN401
    """Write keys one after the other: "`a`, `b`, `c`"."""
    return ", ".join(f"`{key}`" for key in keys)


def _options(annotation: Any) -> list[Any]:  # noqa: ANN401
    """Take `annotation` apart: the members of a union, without None, each without its `Annotated`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _options(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [option for member in get_args(annotation) if member is not NoneType for option in _options(member)]
    return [] if annotation is None else [annotation]


def _values_of(shape: Any) -> Any:  # noqa: ANN401
    return get_args(shape)[1] if get_origin(shape) is dict else None


_PATTERNS: dict[str, tuple[str, str, str]] = {
    ID_PATTERN: (
        "bad-name",
        "can't be used as a name",
        "Use letters a-z, digits, `_`, `.` and `-`, no spaces, at most 64, starting with a letter or digit",
    ),
    SUBJECT_PATTERN: (
        "bad-name",
        "can't be used as a name",
        "Write a segment's id, `topic:` or `sequence:` and an id: letters a-z, digits, `_`, `.` and `-`, no spaces",
    ),
    SUBSCRIPTION_PATTERN: (
        "bad-name",
        "is not a topic or a sequence",
        'Write `topic:` or `sequence:` and its id, e.g. `"topic:news"`',
    ),
    LANGUAGE_PATTERN: ("bad-language", "is not a language", "Write a code such as `en`, `fr` or `pt-BR`"),
    URL_PATTERN: (
        "bad-url",
        "is not a web address",
        "Write it in full, e.g. `https://example.org/page`, without spaces",
    ),
    DURATION_PATTERN: ("bad-duration", "is not a duration", "Write a number and a unit: `3s`, `10m`, `2h` or `1d`"),
}

_LONGEST_SHOWN = 40


def value_trouble(
    kind: str, context: Mapping[str, Any], value: str, place: Place, expected: str = "another value"
) -> Trouble:
    """Return the trouble of a value that has the right type and still can't be used."""
    shown = f"`{shortened(value)}`"
    if kind == "string_pattern_mismatch" and context.get("pattern") in _PATTERNS:
        code, problem, remedy = _PATTERNS[context["pattern"]]
        return Trouble(code, place, f"{shown} {problem}", remedy)
    if kind == "string_too_short":
        return Trouble("wrong-value", place, "a text is empty here", "Write the text, or delete its key")
    if kind == "string_too_long":
        return Trouble(
            "wrong-value", place, f"{shown} is longer than {context.get('max_length')} characters", "Shorten it"
        )
    if kind == "too_short":
        return Trouble("wrong-value", place, "a list or mapping is empty here", "Put at least one thing into it")
    bounds = _bounds(kind, context)
    return Trouble("wrong-value", place, f"{shown} can't be used here", f"Write {expected}{bounds}")


def _bounds(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "less_than_equal":
        return f", at most {context.get('le')}"
    if kind == "greater_than_equal":
        return f", at least {context.get('ge')}"
    return ""


def shortened(value: str) -> str:
    """Return the beginning of a long value."""
    return value if len(value) <= _LONGEST_SHOWN else value[: _LONGEST_SHOWN - 1] + "…"
