"""A place in the tokens of a filter: looks ahead, moves on, and refuses with the column."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches

from messages.errors import BadInput
from segments.filters.lex import Shape, Token, place, printable, tokens

_SHOWN = 40
"""Characters of a token that an error repeats."""


class Cursor:
    """The tokens of one filter, and which of them is next."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = list(tokens(source))
        self._at = 0

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

    def refuse(self, problem: str, remedy: str, token: Token | None = None) -> BadInput:
        """Return an error that points at a token, the next one unless told."""
        return BadInput(problem, place=self.place((token or self.next).at), remedy=remedy)

    @contextmanager
    def blaming(self, token: Token) -> Iterator[None]:
        """Point at `token` if a value is refused (ValueError) meanwhile."""
        try:
            yield
        except ValueError as error:
            raise self.refuse(str(error), "Correct it", token) from None

    def expected(self, what: str, known: Iterable[str]) -> BadInput:
        """Return an error for a next token that is none of the known words: the nearest of them, else all."""
        names = list(known)
        near = get_close_matches(self.next.word, names, n=1) if self.next.word else []
        remedy = f"Did you mean `{near[0]}`?" if near else "Use one of " + ", ".join(f"`{name}`" for name in names)
        return self.refuse(f"expected {what}, found {self.found}", remedy)
