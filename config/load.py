"""Reads the settings: `assent.toml`, overridden by `ASSENT_…` variables.

`ASSENT_SERVER__PORT=80` sets `server.port`; `ASSENT_BOTS__WELLBEING__TEAMS__APP_ID` sets `bots.wellbeing.teams.app_id`.
A name that ends in `_FILE` reads the value from that file, for secrets.
"""

import dataclasses
import difflib
import tomllib
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.channels import CHANNELS, Channels, settings_by_channel
from config.settings import Bot, Settings, variable_form
from messages.errors import BadSettings
from messages.settings import Limit, Secret

SettingPath = tuple[str, ...]

ANY_BOT = "<bot>"
"""Stands for a bot's id in a path, as `<hook>` does for a hook's name."""


def kinds_of(section: type, channels: Channels) -> Mapping[str, Any]:
    """Return the settings and sections within a section, with their types; of a bot, those of the `channels`."""
    return settings_by_channel(channels) if section is Bot else typing.get_type_hints(section, include_extras=True)


def section_of(kind: Any) -> type | None:  # noqa: ANN401  # a type, as written
    """Return the class of a section; of a table by bot, the class of each bot's. None for a setting."""
    if typing.get_origin(kind) is dict:
        kind = typing.get_args(kind)[1]
    return kind if isinstance(kind, type) and dataclasses.is_dataclass(kind) else None


def is_by_bot(kind: Any) -> bool:  # noqa: ANN401  # a type, as written
    """Tell whether a section has one more level, the bot's id."""
    return typing.get_origin(kind) is dict


def all_settings(
    channels: Channels = CHANNELS, section: type = Settings, before: SettingPath = ()
) -> tuple[SettingPath, ...]:
    """Return the path of every setting, e.g. `("bots", "<bot>", "teams", "app_id")`."""
    found: list[SettingPath] = []
    for name, kind in kinds_of(section, channels).items():
        inner = section_of(kind)
        here = (*before, name, f"<{name.removesuffix('s')}>") if is_by_bot(kind) else (*before, name)
        found += all_settings(channels, inner, here) if inner else [here]
    return tuple(found)


def dotted(path: SettingPath) -> str:
    """Return a path as a settings file has it: `server.port`."""
    return ".".join(path)


def variable(path: SettingPath) -> str:
    """Return a path as the environment has it: `ASSENT_SERVER__PORT`."""
    return "ASSENT_" + "__".join(path).upper()


def suggestion(
    unknown: SettingPath, known: Mapping[str, Any], written: Callable[[SettingPath], str], channels: Channels = CHANNELS
) -> str:
    """Return a remedy for a name that no setting has: the nearest one where it stands, else one that ends like it."""
    *before, name = unknown
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{written((*before, near[0]))}`?"
    everywhere = {path[-1]: path for path in all_settings(channels)}
    far = difflib.get_close_matches(name, everywhere, n=1, cutoff=0.8)
    if far:
        return f"Did you mean `{written(everywhere[far[0]])}`?"
    return f"Known here: {', '.join(sorted(known))}"


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


class TomlFile:
    """A settings file that was read. Raises BadSettings when it can't be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._text = path.read_text(encoding="utf-8-sig")
            self.tree: dict[str, Any] = tomllib.loads(self._text)
        except OSError as error:
            raise BadSettings(f"can't be read: {error.strerror}", place=str(path), remedy="Check its name") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadSettings(f"is not TOML: {error}", place=str(path), remedy="Correct it there") from error

    def place(self, setting: tuple[str, ...]) -> str:
        """Return `assent.toml:7`: the line of a setting, else that of the table or key that holds it, else the file."""
        table: tuple[str, ...] = ()
        best, best_line = 0, 0
        for number, line in enumerate(self._text.splitlines(), 1):
            written = line.strip()
            if written.startswith("["):
                found = table = _path(written)
            elif "=" in written:
                found = table + _path(written.split("=", 1)[0] + "=0")
            else:
                continue
            if found == setting[: len(found)] and len(found) > best:
                best, best_line = len(found), number
        return f"{self.path}:{best_line}" if best else str(self.path)


def _path(line: str) -> tuple[str, ...]:
    """Return the path that a table's head or a key names."""
    try:
        tree: object = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(tree, dict) and tree:
        key, tree = next(iter(tree.items()))
        path.append(key)
    return tuple(path)


PREFIX = "ASSENT_"
FROM_FILE = "_FILE"
NO_SETTINGS = ("ASSENT_CONFIG", "ASSENT_AUTHOR")
"""Variables that the commands read themselves."""


@dataclass(frozen=True, slots=True)
class Override:
    """What a variable says: `ASSENT_SERVER__PORT=80` sets `("server", "port")` to `80`."""

    variable: str
    path: tuple[str, ...]
    text: str


def overrides(environment: Mapping[str, str], channels: Channels = CHANNELS) -> list[Override]:
    """Return what the variables say. One whose name ends in `_FILE` holds the path of a file with the value.

    Raises BadSettings for a file that can't be read, and for a setting given both ways.
    """
    leaves = {path[-1].upper() for path in all_settings(channels)}
    found = []
    for variable in sorted(environment):
        if not variable.startswith(PREFIX) or variable in NO_SETTINGS:
            continue
        name, text = variable, environment[variable]
        if name.endswith(FROM_FILE) and name.removeprefix(PREFIX).split("__")[-1] not in leaves:
            name = name.removesuffix(FROM_FILE)
            text = _kept(variable, text)
            if name in environment:
                raise BadSettings(f"{name} is set too", place=variable, remedy="Keep one of the two")
        path = tuple(step.lower() for step in name.removeprefix(PREFIX).split("__"))
        found.append(Override(variable, path, text))
    return found


def _kept(variable: str, file: str) -> str:
    remedy = "Check the path and its permissions"
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise BadSettings(f"{file} can't be read: {error.strerror}", place=variable, remedy=remedy) from error
    except UnicodeDecodeError as error:
        raise BadSettings(f"{file} is not text", place=variable, remedy=remedy) from error
    if not text:
        raise BadSettings(f"{file} is empty", place=variable, remedy="Write the value into it")
    return text


FILE = "assent.toml"

_Path = tuple[str, ...]


def load_settings(
    environment: Mapping[str, str], file: Path | None = None, *, channels: Channels = CHANNELS
) -> Settings:
    """Read the settings. `file` must exist when it is named; without one, `assent.toml` is read if it is there.
    `channels` are those that a bot may have settings for.

    Raises BadSettings for an unknown name (telling the nearest known one), a value that can't be used, a file that
    can't be read; its place is the line of the file, or the variable.
    """
    path = file or Path(FILE)
    settings = Settings()
    if file is not None or path.exists():
        source = TomlFile(path)
        settings = _built(Settings, source.tree, source, (), channels)
    for override in overrides(environment, channels):
        settings = _with(settings, override, override.path, channels)
    return settings


def _built(section: type, tree: object, source: TomlFile, at: _Path, channels: Channels) -> Any:  # noqa: ANN401  # any section
    if not isinstance(tree, dict):
        raise BadSettings(f"`{dotted(at)}` is a table", place=source.place(at), remedy=f"Write [{dotted(at)}]")
    kinds = kinds_of(section, channels)
    values: dict[str, Any] = {}
    for name, value in tree.items():
        here = (*at, name)
        if name not in kinds:
            remedy = suggestion(here, kinds, dotted, channels)
            raise BadSettings(f"unknown setting `{dotted(here)}`", place=source.place(here), remedy=remedy)
        kind = kinds[name]
        inner = section_of(kind)
        if inner is None:
            values[name] = from_toml(kind, value, f"{source.place(here)}: {dotted(here)}")
        elif is_by_bot(kind):
            if not isinstance(value, dict):
                remedy = (
                    f"Write [{name}.<the bot's id>.{channels[0].kind.name}]"
                    if inner is Bot
                    else f"Write [{name}.<name>]"
                )
                raise BadSettings(f"`{name}` is a table", place=source.place(here), remedy=remedy)
            values[name] = {bot: _built(inner, each, source, (*here, bot), channels) for bot, each in value.items()}
        else:
            values[name] = _built(inner, value, source, here, channels)
    return section(**values)


def _with(section: Any, override: Override, path: _Path, channels: Channels) -> Any:  # noqa: ANN401  # any section
    """Return a section with one setting within it replaced."""
    name, *rest = path
    kinds = kinds_of(type(section), channels)
    before = override.path[: len(override.path) - len(path)]
    if name not in kinds:
        remedy = suggestion((*before, name), kinds, variable, channels)
        raise BadSettings("unknown setting", place=override.variable, remedy=remedy)
    kind = kinds[name]
    inner = section_of(kind)
    if inner is None:
        if rest:
            remedy = f"Write {variable((*before, name))}"
            raise BadSettings(f"`{name}` has no settings within it", place=override.variable, remedy=remedy)
        return _replaced(section, name, from_text(kind, override.text, override.variable))
    if len(rest) <= is_by_bot(kind):
        known = ", ".join(sorted(kinds_of(inner, channels)))
        remedy = f"Go on with two underscores and one of {known}"
        raise BadSettings("names a section, not a setting", place=override.variable, remedy=remedy)
    value = section.of(name, inner) if isinstance(section, Bot) else getattr(section, name)
    if is_by_bot(kind):
        bot = next((key for key in value if variable_form(key) == rest[0]), rest[0])
        return _replaced(
            section, name, {**value, bot: _with(value.get(bot) or inner(), override, tuple(rest[1:]), channels)}
        )
    return _replaced(section, name, _with(value, override, tuple(rest), channels))


def _replaced(section: Any, name: str, value: object) -> Any:  # noqa: ANN401  # any section
    if isinstance(section, Bot):
        return Bot(**{**section.channels, name: value})
    return dataclasses.replace(section, **{name: value})
