"""The hashes that tie each turn of a conversation to the one before it, so that one altered, cut out or moved shows.

A link is a hash over the link before, the turn's place in the conversation, and its content: bot, turn id, time, and
the SHA-256 of its record. Erasing a person replaces the record and leaves that SHA-256; forgetting old turns leaves the
last link. A turn that was written by a version before has no link, and the one behind it begins a chain.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple, Protocol

import msgspec

_encode = msgspec.json.Encoder().encode


def record_digest(record: bytes) -> str:
    """Return SHA-256 of a turn's record, in hex."""
    return hashlib.sha256(record).hexdigest()


def turn_content(bot: str, turn: str, at: int, digest: str) -> str:
    """Return SHA-256, in hex, over what a link is to keep of a turn; `at` in milliseconds since 1970."""
    return hashlib.sha256(_encode((bot, turn, at, digest))).hexdigest()


class ConversationChain(NamedTuple):
    """What a store keeps of the journal of a conversation, beside the turns. Links are in hex, '' for none."""

    conversation: str
    shard: int
    contact: str
    state: bytes
    version: int
    turns: int
    """How many turns there were; the place of the last one."""
    link: str
    """Of the last turn."""
    pruned: int
    """The place of the last turn that was forgotten."""
    pruned_link: str
    """The link of that turn."""
    pruned_at: int | None
    """No turn that was forgotten is younger, in milliseconds since 1970. None: none was."""
    head_is_kept: bool = True
    """False where a version before took `turns` and `link` away: it erased the person."""


class ChainedTurn(NamedTuple):
    """A turn as the store has it."""

    ordinal: int
    """Its place in the conversation, from 1; 0 where the version that wrote it did not count."""
    place: str
    """Where the store keeps it, for people."""
    number: int
    """What orders turns in the store."""
    turn: str | None
    """Turn id, where the store keeps it beside the record."""
    at: int | None
    """Milliseconds since 1970, where the store keeps it beside the record."""
    record: bytes
    link: str
    """In hex; '' where a version before wrote it."""
    digest: str
    """SHA-256 of the record as it was committed, where erasing replaced it; else ''."""


class Stray(NamedTuple):
    """Something in the journal that belongs to no turn of a conversation, or the other way round."""

    conversation: str
    problem: str


class JournalChain(Protocol):
    """The journal with what proves it."""

    async def chains(self, bot: str, *, after: str = "", limit: int = 100) -> Sequence[ConversationChain]:
        """Return conversations in order of their keys."""
        ...

    async def chains_of(self, bot: str, conversation: str) -> Sequence[ConversationChain]:
        """Return the chain of a conversation; one in each shard that has turns of it."""
        ...

    def chained_turns(self, bot: str, chain: ConversationChain) -> AsyncIterator[ChainedTurn]:
        """Yield the turns of a chain that are kept, in the order of their places."""
        ...

    def link(self, previous: str, ordinal: int, content: str) -> str:
        """Return a link in hex, as the store makes it. `previous` is '' where a chain begins."""
        ...

    async def strays(self, bot: str) -> Sequence[Stray]:
        """Return what is in the journal and belongs to no conversation, and what the store's own log lacks."""
        ...
