"""What a replay reads: recorded turns out of a store, in chunks, and the revisions they were taken on."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from flows.compile import RevisionSource
from messages.errors import BadInput
from storage.port import Store
from storage.records import RecordedTurn, to_ms

_CHUNK = 500
"""Turns in one chunk."""


async def candidate_of(store: Store, bot: str, against: str, sources: dict[int, RevisionSource]) -> RevisionSource:
    """Return the draft, or an older revision, as the revision that a push would make of it. Raises BadInput."""
    number = max(sources, default=0) + 1
    if against == "draft":
        draft = await store.draft(bot)
        if draft is None:
            raise BadInput(f"{bot} has no draft", place="--against", remedy="Save one: assent flow save FILE")
        return RevisionSource(number, draft.digest, draft.source)
    if not against.isdecimal() or int(against) not in sources:
        raise BadInput(
            f"{bot} has no revision {against!r}", place="--against", remedy="Say draft, or a number of flow history"
        )
    chosen = sources[int(against)]
    return RevisionSource(number, chosen.digest, chosen.text)


async def of_conversation(store: Store, bot: str, conversation: str) -> AsyncIterator[Sequence[RecordedTurn]]:
    """Yield the turns of one conversation."""
    after = 0
    while turns := await store.journal_of(bot, conversation, after=after, limit=_CHUNK):
        yield turns
        after += len(turns)


async def of_bot(store: Store, bot: str, since: datetime | None) -> AsyncIterator[Sequence[RecordedTurn]]:
    """Yield the turns of all conversations in the order in which they were committed."""
    position = await store.journal_since(bot, since) if since is not None else ""
    while True:
        page = await store.journal_page(bot, position, limit=_CHUNK)
        if not page.turns:
            return
        position = page.position
        yield [turn for turn in page.turns if _not_before(turn, since)]


def _not_before(turn: RecordedTurn, since: datetime | None) -> bool:
    return since is None or not turn.at or turn.at >= to_ms(since)
