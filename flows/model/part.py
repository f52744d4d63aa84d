"""What every part of a message has, its texts and its branches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, NamedTuple

from flows.model.base import Localised, Piece

TextKind = Literal["text", "label", "title", "subtitle", "question", "retry", "choice", "alt", "name", "own", "value"]
"""What a text of a flow is: `name` a segment's, `own` in place of a built-in one, `value` what nobody reads."""


class PartText(NamedTuple):
    """A text of a part: the keys and positions that lead to it from the part, what it is, and the words."""

    path: tuple[str | int, ...]
    kind: TextKind
    text: Localised

    def under(self, *path: str | int) -> PartText:
        """Return the text as it is reached from further out."""
        return self._replace(path=(*path, *self.path))


class PlacedBranch(NamedTuple):
    """One way on from a part: the keys that lead to it from the part, and its parts or the id of a message."""

    path: tuple[str | int, ...]
    goes_on: str | tuple[Any, ...]


class PartBase(Piece):
    """What every part has."""

    says: ClassVar[bool] = False
    """Whether the person gets something from it."""

    def branches(self) -> tuple[PlacedBranch, ...]:
        """Return the branches of a part that goes on with one of several."""
        return ()

    def texts(self) -> Iterator[PartText]:
        """Yield its texts in the order of the file, but for the labels of its buttons."""
        yield from ()
