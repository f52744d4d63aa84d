"""From what is written to a setting's value."""

import typing
from typing import Any

from messages.errors import BadSettings
from messages.settings import Limit, Secret

_WANTED = {str: "text", Secret: "text", int: "a whole number", float: "a number", tuple: "a list of texts"}


def from_toml(kind: Any, value: object, place: str) -> Any:  # noqa: ANN401  # the setting's own type
    """Return a value of a TOML file as the setting's type. Raises BadSettings."""
    bare, limits = _bare(kind)
    typed = _typed(bare, value, place)
    for limit in limits:
        if not limit.fits(typed):
            raise BadSettings(f"{typed!r} can't be used", place=place, remedy=limit.remedy)
    return typed


def from_text(kind: Any, text: str, place: str) -> Any:  # noqa: ANN401  # the setting's own type
    """Return the text of a variable or a file as the setting's type. Raises BadSettings."""
    bare, _ = _bare(kind)
    value: object = text
    if typing.get_origin(bare) is tuple:
        value = [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
    elif bare in (int, float):
        try:
            value = bare(text)
        except ValueError as error:
            raise BadSettings(f"{text!r} is not {_WANTED[bare]}", place=place, remedy="Write digits") from error
    return from_toml(kind, value, place)


def _bare(kind: Any) -> tuple[Any, tuple[Limit, ...]]:  # noqa: ANN401  # a type, as written
    if typing.get_origin(kind) is typing.Annotated:
        bare, *limits = typing.get_args(kind)
        return bare, tuple(limits)
    return kind, ()


def _typed(kind: Any, value: object, place: str) -> Any:  # noqa: ANN401  # the setting's own type
    origin = typing.get_origin(kind)
    if origin is tuple and isinstance(value, list):
        return tuple(from_toml(typing.get_args(kind)[0], each, place) for each in value)
    if origin is typing.Literal:
        if value in typing.get_args(kind):
            return value
        raise BadSettings(
            f"{value!r} is not possible", place=place, remedy=f"Choose one of {', '.join(typing.get_args(kind))}"
        )
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if origin is None and isinstance(value, kind) and not isinstance(value, bool):
        return value
    wanted = _WANTED[tuple if origin is tuple else kind]
    shown = "what is written" if Secret in (kind, *typing.get_args(kind)) else repr(value)
    raise BadSettings(f"{shown} is not allowed here", place=place, remedy=f"Write {wanted}")
