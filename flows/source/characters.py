"""Characters that have no business in a flow file, and places within a text."""

import re
import unicodedata
from collections.abc import Iterator

from flows.source.nodes import Place, Trouble

_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_LINE_END = re.compile("\r\n|\r|\n")

_MOST = 20
"""How many bad characters are told one by one."""


def place_in(text: str, index: int) -> Place:
    """Return the place of the character at `index`."""
    line, start = 1, 0
    for end in _LINE_END.finditer(text, 0, index):
        line, start = line + 1, end.end()
    return Place(line, index - start + 1)


def unwanted_in(text: str) -> Iterator[Trouble]:
    """Find control characters, lone surrogates, invisible line ends: nothing a person types on purpose."""
    for count, match in enumerate(_UNWANTED.finditer(text)):
        if count == _MOST:
            return
        yield Trouble(
            "bad-character",
            place_in(text, match.start()),
            f"the file holds {_named(match[0])}, which can't be shown",
            "Delete it; editors often hide it, so type the words around it again",
        )


def unwanted_value(value: str, place: Place) -> Trouble | None:
    """Find a bad character that an escape put into a value."""
    match = _UNWANTED.search(value)
    if match is None:
        return None
    return Trouble(
        "bad-character",
        place,
        f"an escape here stands for {_named(match[0])}, which can't be shown",
        "Delete the escape",
    )


def _named(character: str) -> str:
    name = unicodedata.name(character, "a control character")
    return f"U+{ord(character):04X} ({name.lower()})"
