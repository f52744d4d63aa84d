"""The names of the settings, as a tree read from the classes themselves."""

import dataclasses
import difflib
import typing
from collections.abc import Callable, Mapping
from typing import Any

from adapters.channels import CHANNELS, Channels, settings_by_channel
from config.settings import Bot, Settings

Path = tuple[str, ...]

ANY_BOT = "<bot>"
"""Stands for a bot's id in a path."""


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


def all_settings(channels: Channels = CHANNELS, section: type = Settings, before: Path = ()) -> tuple[Path, ...]:
    """Return the path of every setting, e.g. `("bots", "<bot>", "teams", "app_id")`."""
    found: list[Path] = []
    for name, kind in kinds_of(section, channels).items():
        inner = section_of(kind)
        here = (*before, name, ANY_BOT) if is_by_bot(kind) else (*before, name)
        found += all_settings(channels, inner, here) if inner else [here]
    return tuple(found)


def dotted(path: Path) -> str:
    """Return a path as a settings file has it: `server.port`."""
    return ".".join(path)


def variable(path: Path) -> str:
    """Return a path as the environment has it: `ASSENT_SERVER__PORT`."""
    return "ASSENT_" + "__".join(path).upper()


def suggestion(
    unknown: Path, known: Mapping[str, Any], written: Callable[[Path], str], channels: Channels = CHANNELS
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
