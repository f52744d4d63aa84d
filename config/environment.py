"""The `ASSENT_…` variables that are settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adapters.channels import CHANNELS, Channels
from config.names import all_settings
from messages.errors import BadSettings

PREFIX = "ASSENT_"
FILE = "_FILE"
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
        if name.endswith(FILE) and name.removeprefix(PREFIX).split("__")[-1] not in leaves:
            name = name.removesuffix(FILE)
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
