"""Reads the settings: `assent.toml`, overridden by `ASSENT_…` variables.

`ASSENT_SERVER__PORT=80` sets `server.port`; `ASSENT_BOTS__WELLBEING__TEAMS__APP_ID` sets `bots.wellbeing.teams.app_id`.
A name that ends in `_FILE` reads the value from that file, for secrets.
"""

import dataclasses
import difflib
import tomllib
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.secret import Secret
from config.settings import Bot, Settings
from messages.errors import BadSettings

PREFIX = "ASSENT_"
FILE = "assent.toml"

_Tree = dict[str, Any]


def load_settings(environment: Mapping[str, str], file: Path | None = None) -> Settings:
    """Read the settings. `file` must exist when it is named; without one, `assent.toml` is read if it is there.

    Raises BadSettings for an unknown key (naming the nearest known one), a value of the wrong kind, a file that can't
    be read.
    """
    tree: _Tree = {}
    path = file or Path(FILE)
    if file is not None or path.exists():
        try:
            tree = tomllib.loads(path.read_text())
        except OSError as error:
            raise BadSettings(f"can't be read: {error.strerror}", place=str(path), remedy="Check its name") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadSettings(f"is not TOML: {error}", place=str(path), remedy="Correct it there") from error
    settings = _build(Settings, tree, str(path), "")
    overrides = _overrides(environment)
    return _merged(settings, overrides)


@dataclasses.dataclass(frozen=True, slots=True)
class _Override:
    variable: str
    path: tuple[str, ...]
    value: str


def _overrides(environment: Mapping[str, str]) -> list[_Override]:
    found = []
    for variable in sorted(environment):
        if not variable.startswith(PREFIX) or variable.removeprefix(PREFIX) in ("CONFIG", "AUTHOR"):
            continue
        path = tuple(step.lower() for step in variable.removeprefix(PREFIX).split("__"))
        value = environment[variable]
        if path[-1].endswith("_file") and path[-1] != "button_key_file":
            path = (*path[:-1], path[-1].removesuffix("_file"))
            try:
                value = Path(value).read_text().strip()
            except OSError as error:
                problem = f"{value} can't be read: {error.strerror}"
                raise BadSettings(problem, place=variable, remedy="Check the path and its permissions") from error
        found.append(_Override(variable, path, value))
    return found


def _merged(settings: Settings, overrides: list[_Override]) -> Settings:
    for override in overrides:
        settings = _with(settings, override.path, override)
    return settings


def _with(value: Any, path: tuple[str, ...], override: _Override) -> Any:  # noqa: ANN401  # any section of the settings
    name, *rest = path
    if isinstance(value, dict):
        known = {key.lower().replace("-", "_"): key for key in value}
        key = known.get(name, name)
        if not rest:
            raise BadSettings("names a bot, not one of its settings", place=override.variable, remedy="See the docs")
        return {**value, key: _with(value.get(key, Bot()), tuple(rest), override)}
    kinds = typing.get_type_hints(type(value))
    _known(name, kinds, override.variable)
    if rest:
        inner = getattr(value, name)
        if not dataclasses.is_dataclass(inner) and not isinstance(inner, dict):
            raise BadSettings(
                f"`{name}` has no settings within it", place=override.variable, remedy="Drop what follows it"
            )
        return dataclasses.replace(value, **{name: _with(inner, tuple(rest), override)})
    return dataclasses.replace(value, **{name: _from_text(kinds[name], override.value, override.variable)})


def _known(name: str, kinds: Mapping[str, Any], place: str) -> None:
    if name not in kinds:
        near = difflib.get_close_matches(name, kinds, n=1, cutoff=0.5)
        remedy = f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(sorted(kinds))}"
        raise BadSettings(f"`{name}` is no setting", place=place, remedy=remedy)


def _from_text(kind: Any, text: str, place: str) -> Any:  # noqa: ANN401  # the setting's own type
    if kind is Secret:
        return Secret(text)
    if typing.get_origin(kind) is tuple:
        inner = typing.get_args(kind)[0]
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return tuple(_from_text(inner, part, place) for part in parts)
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError as error:
            name = "whole number" if kind is int else "number"
            raise BadSettings(f"{text!r} is no {name}", place=place, remedy=f"Write a {name}") from error
    return _value(kind, text, place)


def _build(kind: Any, tree: Any, file: str, where: str) -> Any:  # noqa: ANN401  # any section of the settings
    place = f"{file}: {where}" if where else file
    if not isinstance(tree, dict):
        raise BadSettings("must be a table", place=place, remedy=f"Write [{where}]")
    kinds = typing.get_type_hints(kind)
    built = {}
    for name, value in tree.items():
        _known(name, kinds, place)
        inner = kinds[name]
        path = f"{where}.{name}" if where else name
        if dataclasses.is_dataclass(inner):
            built[name] = _build(inner, value, file, path)
        elif typing.get_origin(inner) is dict:
            section = typing.get_args(inner)[1]
            if not isinstance(value, dict):
                raise BadSettings("must be a table", place=f"{file}: {path}", remedy=f"Write [{path}.<name>]")
            built[name] = {key: _build(section, each, file, f"{path}.{key}") for key, each in value.items()}
        else:
            built[name] = _value(inner, value, f"{file}: {path}")
    return kind(**built)


def _value(kind: Any, value: Any, place: str) -> Any:  # noqa: ANN401  # the setting's own type
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    if typing.get_origin(kind) is tuple and isinstance(value, list):
        return tuple(_value(typing.get_args(kind)[0], each, place) for each in value)
    if typing.get_origin(kind) is typing.Literal:
        if value in typing.get_args(kind):
            return value
        choices = ", ".join(map(str, typing.get_args(kind)))
        raise BadSettings(f"{value!r} is not possible", place=place, remedy=f"Choose one of {choices}")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    wanted = list if typing.get_origin(kind) is tuple else kind
    if wanted is not list and isinstance(value, wanted) and not (isinstance(value, bool) and wanted is not bool):
        return value
    names = {str: "text", int: "a whole number", float: "a number", Secret: "text"}
    raise BadSettings(
        f"{value!r} can't stand here", place=place, remedy=f"Write {names.get(wanted, 'a list of texts')}"
    )
