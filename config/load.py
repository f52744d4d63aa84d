"""Reads the settings: `assent.toml`, overridden by `ASSENT_…` variables.

`ASSENT_SERVER__PORT=80` sets `server.port`; `ASSENT_BOTS__WELLBEING__TEAMS__APP_ID` sets `bots.wellbeing.teams.app_id`.
A name that ends in `_FILE` reads the value from that file, for secrets.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.channels import CHANNELS, Channels
from config.environment import Override, overrides
from config.names import dotted, is_by_bot, kinds_of, section_of, suggestion, variable
from config.settings import Bot, Settings, variable_form
from config.toml_file import TomlFile
from config.values import from_text, from_toml
from messages.errors import BadSettings

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
            raise BadSettings(f"`{dotted(here)}` is no setting", place=source.place(here), remedy=remedy)
        kind = kinds[name]
        inner = section_of(kind)
        if inner is None:
            values[name] = from_toml(kind, value, f"{source.place(here)}: {dotted(here)}")
        elif is_by_bot(kind):
            if not isinstance(value, dict):
                remedy = f"Write [{name}.<the bot's id>.{channels[0].kind.name}]"
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
        raise BadSettings("is no setting", place=override.variable, remedy=remedy)
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
            section, name, {**value, bot: _with(value.get(bot, Bot()), override, tuple(rest[1:]), channels)}
        )
    return _replaced(section, name, _with(value, override, tuple(rest), channels))


def _replaced(section: Any, name: str, value: object) -> Any:  # noqa: ANN401  # any section
    if isinstance(section, Bot):
        return Bot(**{**section.channels, name: value})
    return dataclasses.replace(section, **{name: value})
