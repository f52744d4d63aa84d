"""What pressing a button does to consent, as its payload says it: the signed word outlives the revision."""

import hashlib
import re
from typing import NamedTuple

from messages.ids import ALL

PATTERN = r"[+-](?:\*|[A-Za-z0-9][A-Za-z0-9_.-]{0,63})"
"""`+tips` opts in to a segment, `-tips` out of it; `+*` allows everything pushed, `-*` stops it."""

_ACT = re.compile(PATTERN, re.ASCII)


class ConsentAct(NamedTuple):
    """An act of consent: whether it raises or lowers what the person gets, and of which subject."""

    raises: bool
    subject: str
    """A segment's id, or `messages.ids.ALL`."""

    @property
    def is_of_everything(self) -> bool:
        """Whether it is about everything pushed."""
        return self.subject == ALL

    def word(self) -> str:
        """Return it as a payload carries it."""
        return f"{'+' if self.raises else '-'}{self.subject}"


def read_act(word: str) -> ConsentAct | None:
    """Return the act that a payload carries; None for a button that changes no consent ('')."""
    if _ACT.fullmatch(word) is None:
        return None
    return ConsentAct(word[0] == "+", word[1:])


LENGTH = 32
"""Hex digits of a digest."""

LENGTH_OF_OLD = 16
"""Those of a payload that names its revision by number."""

_SHORTEST = 16


def digest_of(words: str, length: int = LENGTH) -> str:
    """Return the digest of words."""
    return hashlib.sha256(words.encode(errors="surrogatepass")).hexdigest()[:length]


def is_digest_of(digest: str, words: str) -> bool:
    """Tell whether `digest`, of whichever length payloads had, is that of `words`."""
    return len(digest) >= _SHORTEST and digest_of(words, len(digest)) == digest
