"""The tokens of a filter's text, and a place in them that looks ahead and refuses with the column."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from enum import Enum, auto
from typing import Final, NamedTuple

from filters.model import FilterInvalid

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+)
    | (?P<sign>>=|<=|!=|[()=<>:])
    | (?P<quoted>"(?:[^"\\\n]|\\.)*")
    | (?P<word>\d{4}-\d\d-\d\d[Tt][\d:.]+(?:[Zz]|[+-]\d\d:\d\d)?|[\w+-][\w.@+-]*)
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")
_MEANS = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}


class Shape(Enum):
    """What a token looks like."""

    WORD = auto()
    QUOTED = auto()
    SIGN = auto()
    END = auto()


class Token(NamedTuple):
    """A token: `text` is what a quoted one says, else what is written; `at` and `end` are offsets in the filter."""

    shape: Shape
    text: str
    at: int
    end: int

    @property
    def word(self) -> str:
        """The word or sign in small letters; empty for a quoted text and at the end."""
        return self.text.lower() if self.shape in (Shape.WORD, Shape.SIGN) else ""


def place(source: str, at: int) -> str:
    """Return where an offset is: `column 14`, or `line 2, column 3` where the filter has several lines."""
    line = source.count("\n", 0, at) + 1
    column = at - (source.rfind("\n", 0, at) + 1) + 1
    return f"line {line}, column {column}" if "\n" in source else f"column {column}"


def printable(text: str) -> str:
    """Return a piece of a filter as an error may repeat it: what a terminal would act on, or can't show, is `�`."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def tokens(source: str) -> Iterator[Token]:
    """Yield the tokens of a filter, then one of shape `END`. Raises FilterInvalid at a character that begins none."""
    at = 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise _stray(source, at)
        text, end = match.group(), match.end()
        if match.lastgroup == "quoted":
            yield Token(Shape.QUOTED, _said(source, text, at), at, end)
        elif match.lastgroup == "word":
            yield Token(Shape.WORD, text, at, end)
        elif match.lastgroup == "sign":
            yield Token(Shape.SIGN, text, at, end)
        at = end
    yield Token(Shape.END, "", at, at)


def _said(source: str, quoted: str, at: int) -> str:
    for escape in _ESCAPE.finditer(quoted):
        if escape.group(1) not in _MEANS:
            raise FilterInvalid(
                f"`{printable(escape.group())}` means nothing in a text",
                at=at + escape.start(),
                place=place(source, at + escape.start()),
                remedy=r"Write `\\` for a backslash; there are also `\"`, `\n` and `\t`",
            )
    return _ESCAPE.sub(lambda escape: _MEANS[escape.group(1)], quoted[1:-1])


_TYPOGRAPHIC: Final = frozenset("“”„«»‟")


def _stray(source: str, at: int) -> FilterInvalid:
    where, character = place(source, at), source[at]
    if character == '"':
        return FilterInvalid(
            "a text begins and does not end",
            at=at,
            place=where,
            remedy=r'End it with `"` on the same line; `\"` is a quote inside a text and `\n` a new line',
        )
    if character in _TYPOGRAPHIC:
        return FilterInvalid(
            f"`{character}` is not a quote that filters know",
            at=at,
            place=where,
            remedy='Write straight quotes: `"…"`. Some programs replace them while one types',
        )
    shown = f"`{character}`" if character.isprintable() else f"the character U+{ord(character):04X}"
    return FilterInvalid(
        f"{shown} is not allowed here",
        at=at,
        place=where,
        remedy='Put names and texts with such characters in quotes: `"…"`',
    )


_SHOWN = 40
"""Characters of a token that an error repeats."""


class Cursor:
    """The tokens of one filter, and which of them is next."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = list(tokens(source))
        self._at = 0
        self.leaves: list[int] = []
        """Where the conditions that hold no other begin, as far as they were read."""

    @property
    def next(self) -> Token:
        """The token that was not taken yet."""
        return self._tokens[self._at]

    def ended(self) -> bool:
        """Whether every token was taken."""
        return self.next.shape is Shape.END

    def advance(self) -> Token:
        """Take the next token; the end stays where it is."""
        token = self.next
        if not self.ended():
            self._at += 1
        return token

    def take(self, word: str) -> bool:
        """Take the next token if it is this word or sign, in any capitals."""
        if self.next.word != word:
            return False
        self._at += 1
        return True

    def place(self, at: int) -> str:
        """Return where an offset is, for people."""
        return place(self._source, at)

    @property
    def found(self) -> str:
        """The next token, for people."""
        if self.ended():
            return "the end"
        written = self._source[self.next.at : self.next.end]
        return f"`{printable(written) if len(written) <= _SHOWN else printable(written[:_SHOWN]) + '…'}`"

    def refuse(self, problem: str, remedy: str, token: Token | None = None) -> FilterInvalid:
        """Return an error that points at a token, the next one unless told."""
        at = (token or self.next).at
        return FilterInvalid(problem, at=at, place=self.place(at), remedy=remedy)

    @contextmanager
    def blaming(self, token: Token) -> Iterator[None]:
        """Point at `token` if a value is refused (ValueError) meanwhile."""
        try:
            yield
        except ValueError as error:
            raise self.refuse(str(error), "Correct it", token) from None

    def expected(self, what: str, known: Iterable[str]) -> FilterInvalid:
        """Return an error for a next token that is none of the known words: the nearest of them, else all."""
        names = list(known)
        near = get_close_matches(self.next.word, names, n=1) if self.next.word else []
        remedy = f"Did you mean `{near[0]}`?" if near else "Use one of " + ", ".join(f"`{name}`" for name in names)
        return self.refuse(f"expected {what}, found {self.found}", remedy)
