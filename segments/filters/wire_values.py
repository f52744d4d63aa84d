"""Values inside a filter's JSON, read strictly, and their places as JSON paths."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from messages.errors import BadInput

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

E = TypeVar("E", bound=StrEnum)

_SHOWN = 40
"""Characters of an unknown key that an error repeats."""


class Place:
    """Where a value is, such as `$.all[1].field`."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __truediv__(self, step: str | int) -> "Place":
        return Place(f"{self._path}[{step}]" if isinstance(step, int) else f"{self._path}.{step}")

    def refuse(self, problem: str, remedy: str) -> BadInput:
        """Return an error that points here."""
        return BadInput(problem, place=self._path, remedy=remedy)

    @contextmanager
    def blaming(self) -> Iterator[None]:
        """Point here if a value is refused (ValueError) meanwhile."""
        try:
            yield
        except ValueError as error:
            raise self.refuse(str(error), "Correct it") from None

    def unknown(self, problem: str, found: Iterable[object], known: Iterable[str]) -> BadInput:
        """Return an error about names found here, with the nearest known one, else all of them."""
        names = list(known)
        for name in found:
            near = get_close_matches(name, names, n=1) if isinstance(name, str) and len(name) <= _SHOWN else []
            if near:
                return self.refuse(problem, f"Did you mean `{near[0]}`?")
        return self.refuse(problem, "Use one of " + ", ".join(f"`{name}`" for name in names))

    def only(self, value: Mapping[object, object], known: set[str]) -> None:
        """Raise BadInput for a key that has no meaning here."""
        for key in value:
            if key not in known:
                shown = json.dumps(str(key)[:_SHOWN], ensure_ascii=True)
                raise self.refuse(f"the key {shown} has no meaning here", "Delete it, or join conditions by `all`")

    def text(self, value: object) -> str:
        """Return a text as it is."""
        if not isinstance(value, str):
            raise self.refuse("a text belongs here", 'Write it in quotes: `"…"`')
        return value

    def flag(self, value: object) -> bool:
        """Return true or false."""
        if not isinstance(value, bool):
            raise self.refuse("true or false belongs here", "Write `true` or `false`")
        return value

    def one_of(self, kind: type[E], value: object) -> E:
        """Return the member of an enumeration that a text names."""
        if not isinstance(value, str) or value not in list(kind):
            raise self.unknown("the value is not known here", [value], kind)
        return kind(value)
